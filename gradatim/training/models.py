"""Models: presets of the Llama architecture, a local Hugging Face folder, or an earlier run's checkpoint.

Weights are 32-bit floats whatever the precision of training is. Only safetensors are read, no code that comes with a
model is ever run, and nothing is fetched over a network.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gradatim.errors import UserError
from gradatim.presets import PRESETS
from gradatim.seeds import Seed

if TYPE_CHECKING:
    from torch import nn

    from gradatim import specs
    from gradatim.types import Inputs


def build(model: specs.Model, *, vocab_size: int, context: int, seed: int, inputs: Inputs | None = None) -> nn.Module:
    """The causal language model that a recipe names, on the CPU, in training mode.

    Fresh weights are a function of preset, vocabulary and ``seed`` alone. ``UserError`` where a model has fewer
    embeddings than the tokenizer has entries, or was made for shorter contexts.
    """
    if model.preset is not None:
        return _fresh(model.preset, vocab_size, context, seed)
    if model.checkpoint is not None:
        if inputs is None:
            raise UserError("A checkpoint is named, but no artifacts are at hand.", field="recipe.model.checkpoint")
        folder, field = inputs.get("checkpoint", model.checkpoint).path, "recipe.model.checkpoint"
    else:
        folder, field = Path(model.folder), "recipe.model.folder"
    loaded = load(folder, field=field, weights=model.weights)
    check(loaded, vocab_size=vocab_size, context=context, field=field)
    return loaded.train()


def load(folder: Path, *, field: str = "", weights: str = "last") -> nn.Module:
    """The model in a folder of the Hugging Face layout (config.json and safetensors), on the CPU, 32-bit.

    ``weights`` "averaged": with the average that the run of a checkpoint kept, ``UserError`` where it kept none.
    """
    from transformers import GenerationConfig

    loaded = _load(folder, field)
    loaded.generation_config = (
        GenerationConfig()
    )  # how a model is usually sampled says nothing about how it is asked here
    if weights == "averaged":
        _take_averaged(loaded, Path(folder), field)
    return loaded


def _load(folder: Path, field: str) -> nn.Module:
    folder = Path(folder)
    try:
        architecture = json.loads((folder / "config.json").read_bytes()).get("model_type")
    except (OSError, ValueError, AttributeError):
        raise UserError(f"There is no readable config.json in the model folder {folder}.", field=field) from None
    if not any(folder.glob("*.safetensors")):
        raise UserError(f"There are no safetensors in the model folder {folder}; others are not read.", field=field)
    import torch

    if architecture == "llama":
        from transformers import LlamaForCausalLM as Architecture
    else:
        from transformers import AutoModelForCausalLM as Architecture
    try:
        with _no_progress_bar():
            return Architecture.from_pretrained(
                str(folder), local_files_only=True, use_safetensors=True, trust_remote_code=False, dtype=torch.float32
            )
    except (OSError, ValueError) as error:
        first = str(error).strip().splitlines()[0]
        raise UserError(f"The model in {folder} cannot be loaded: {first}", field=field) from None


def _take_averaged(model: nn.Module, folder: Path, field: str) -> None:
    import torch

    from gradatim.training.checkpoint import read_averaged

    averaged = read_averaged(folder)
    if not averaged:
        raise UserError("This checkpoint holds no averaged weights: start from its last ones.", field=field)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(averaged[name])


def check_tokenizer(model: specs.Model, tokenizer: Path, inputs: Inputs) -> None:
    """``UserError`` where a checkpoint's weights were trained with another tokenizer than the one in the folder ``tokenizer``."""
    if model.checkpoint is None:
        return
    theirs = inputs.get("checkpoint", model.checkpoint).path / "tokenizer.json"
    ours = tokenizer / "tokenizer.json"
    if theirs.is_file() and ours.is_file() and theirs.read_bytes() != ours.read_bytes():
        raise UserError(
            "The checkpoint was trained with another tokenizer than the curriculum's: choose the same.",
            field="recipe.model.checkpoint",
        )


def check(model: nn.Module, *, vocab_size: int, context: int, field: str = "") -> None:
    """``UserError`` where the model does not fit the tokenizer or the context."""
    entries = model.get_input_embeddings().weight.shape[0]
    if entries < vocab_size:
        raise UserError(
            f"The model has {entries:,} embeddings, the tokenizer {vocab_size:,} entries: "
            "choose the tokenizer that the model was trained with.",
            field=field,
        )
    longest = context_of(model)
    if longest is not None and context > longest:
        raise UserError(
            f"The model was made for at most {longest} tokens; a context of {context} is longer.", field=field
        )


def context_of(model: nn.Module) -> int | None:
    """The longest context that the model was made for, in tokens; None where its configuration does not say."""
    return getattr(model.config, "max_position_embeddings", None)


def parameter_count(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


@contextmanager
def _no_progress_bar() -> Iterator[None]:
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _fresh(name: str, vocab_size: int, context: int, seed: int) -> nn.Module:
    if name not in PRESETS:
        raise UserError(
            f"There is no model preset {name!r}; there are: {', '.join(PRESETS)}.", field="recipe.model.preset"
        )
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    preset = PRESETS[name]
    config = LlamaConfig(
        vocab_size=vocab_size,
        hidden_size=preset.hidden,
        intermediate_size=preset.feed_forward,
        num_hidden_layers=preset.layers,
        num_attention_heads=preset.heads,
        num_key_value_heads=preset.heads,
        max_position_embeddings=context,
        tie_word_embeddings=preset.tied,
        use_cache=False,
        bos_token_id=None,
        eos_token_id=None,
        dtype="float32",
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(Seed(seed).child("weights").value)
        return LlamaForCausalLM(config).train()
