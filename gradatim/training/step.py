"""One update's parts: the loss as one function of ids and targets, and the optimizer.

The loss function returns the loss alone, so that a compiled graph never has to hand out logits, which costs a fifth
of the speed at usual vocabularies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gradatim.errors import UserError
from gradatim.training import parts
from gradatim.training.rows import IGNORED

if TYPE_CHECKING:
    import torch
    from torch import nn

    from gradatim import specs

    Loss = Callable[..., torch.Tensor]

#: Our attention on the CPU in bf16: scaled dot products in 32 bits, where bf16 has a slow backward pass.
_WIDE_ATTENTION = "gradatim_wide"


def choose_device() -> torch.device:
    import torch

    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def place(model: nn.Module, device: torch.device, precision: str) -> nn.Module:
    """The model on its device, with the attention that is fast there. Weights stay 32-bit."""
    if getattr(model, "_supports_sdpa", False):
        wide = device.type == "cpu" and precision == "bf16"
        if wide:
            _register_wide_attention()
        model.set_attn_implementation(_WIDE_ATTENTION if wide else "sdpa")
    return model.to(device)


@contextmanager
def minding_padding(model: nn.Module) -> Iterator[None]:
    """torch's own attention while the block runs: ours is given no mask of padding."""
    before = model.config._attn_implementation
    if before == _WIDE_ATTENTION:
        model.set_attn_implementation("sdpa")
    try:
        yield
    finally:
        if before == _WIDE_ATTENTION:
            model.set_attn_implementation(before)


def autocast(device: torch.device, precision: str):
    """Matrix products in bf16 where ``precision`` says so; everything that needs 32 bits keeps them."""
    import torch

    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")


def mean_loss(model: nn.Module, precision: str, *, partial: bool = False, eager: bool = True) -> Loss:
    """``loss(input_ids, targets, positions)``: mean cross-entropy in nats over the predicted tokens, a scalar with gradient.

    ``partial``: a batch may predict no token at all; its loss is then 0, and so is its gradient. ``eager``: it is not compiled.
    """
    if eager and _is_llama(model):
        return _by_part(model, precision, parts.mean_loss)
    return _loss(model, precision, reduction="sum" if partial else "mean")


def compiled(loss: Callable) -> Callable:
    """``loss`` as one compiled graph; ``UserError`` at its first call where this machine cannot compile."""
    import torch

    from gradatim.training import compile_cache

    compile_cache.mend()
    function, proven = torch.compile(loss), False

    def call(*rows: torch.Tensor | None) -> torch.Tensor:
        nonlocal proven
        if proven:
            return function(*rows)
        try:
            value = function(*rows)
        except Exception as error:
            if type(error).__module__.startswith(("torch._inductor", "torch._dynamo")):
                raise UserError(
                    f"The model cannot be compiled on this machine ({type(error).__name__}): switch compile off, "
                    "or install a C++ compiler.",
                    field="recipe.compile",
                ) from error
            raise
        proven = True
        return value

    return call


def token_losses(model: nn.Module, precision: str) -> Loss:
    """``losses(input_ids, targets, positions)``: cross-entropy of every token in nats (rows, length), zero where none is predicted.

    Without gradient.
    """
    if _is_llama(model):
        return _by_part(model, precision, parts.token_losses)
    return _loss(model, precision, reduction="none")


def optimizer_for(model: nn.Module, spec: specs.Optimizer) -> torch.optim.AdamW:
    """AdamW (Loshchilov and Hutter 2019) in one fused kernel; weight decay on matrices only, not on norms and biases."""
    import torch

    trained = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim >= 2], "weight_decay": spec.weight_decay},
        {"params": [p for p in trained if p.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=0.0, betas=(spec.beta1, spec.beta2), eps=spec.epsilon, fused=True)


@contextmanager
def determinism(wanted: bool, device: torch.device) -> Iterator[None]:
    """Deterministic kernels while the block runs; on a GPU a kernel that has no such form warns instead of failing.

    New memory is not filled with NaN, as torch's deterministic mode does otherwise: nothing here reads it unwritten.
    """
    import torch

    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    filled = torch.utils.deterministic.fill_uninitialized_memory
    try:
        torch.use_deterministic_algorithms(wanted, warn_only=device.type != "cpu")
        torch.utils.deterministic.fill_uninitialized_memory = False
        yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])
        torch.utils.deterministic.fill_uninitialized_memory = filled


def _loss(model: nn.Module, precision: str, *, reduction: str) -> Loss:
    from torch.nn.functional import cross_entropy

    def loss(input_ids: torch.Tensor, targets: torch.Tensor, positions: torch.Tensor | None = None) -> torch.Tensor:
        with autocast(input_ids.device, precision):
            logits = model(input_ids=input_ids, use_cache=False, **_looking_back(positions)).logits
        flat = logits.float().reshape(-1, logits.shape[-1])
        losses = cross_entropy(flat, targets.reshape(-1), ignore_index=IGNORED, reduction=reduction)
        if reduction == "sum":
            return losses / (targets != IGNORED).sum().clamp(min=1)
        return losses if reduction == "mean" else losses.reshape(targets.shape)

    return loss


def _is_llama(model: nn.Module) -> bool:
    """Whether its logits are its last hidden states times its output embeddings, and nothing else."""
    from transformers import LlamaForCausalLM

    return type(model) is LlamaForCausalLM


def _by_part(model: nn.Module, precision: str, losses_of: Loss) -> Loss:
    def loss(input_ids: torch.Tensor, targets: torch.Tensor, positions: torch.Tensor | None = None) -> torch.Tensor:
        with autocast(input_ids.device, precision):
            states = model.model(input_ids=input_ids, use_cache=False, **_looking_back(positions)).last_hidden_state
            return losses_of(states, model.lm_head.weight, targets)

    return loss


def _looking_back(positions: torch.Tensor | None) -> dict[str, torch.Tensor]:
    """What tells a model how far each token may look: nothing, over whole rows."""
    return {} if positions is None else {"position_ids": positions, "attention_mask": within_samples(positions)}


def within_samples(positions: torch.Tensor) -> torch.Tensor:
    """bool (rows, 1, length, length): each token sees itself and what comes before it in its sample.

    An explicit mask, because masks of two dimensions, or none with a cache, silently let samples see each other. On two quiet cores,
    compiled, it cost 3 % of the speed of whole rows, and positions that begin anew without it a third.
    """
    import torch

    places = torch.arange(positions.shape[1], device=positions.device)
    begins = places - positions
    same = begins[:, :, None] == begins[:, None, :]
    return (same & (places[:, None] >= places[None, :]))[:, None]


def check_within(model: nn.Module, context: int) -> None:
    """``UserError`` where a model's attention cannot be kept within samples by a mask."""
    window = getattr(model.config, "sliding_window", None)
    if not getattr(model, "_supports_sdpa", False) or (window and window < context):
        raise UserError(
            "The attention of this model cannot be kept within samples: let it go over whole rows.",
            field="recipe.attention",
        )


def _register_wide_attention() -> None:
    import torch
    from transformers import AttentionInterface
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    def wide(module, query, key, value, attention_mask, **options):
        with torch.autocast(query.device.type, enabled=False):
            output, weights = sdpa_attention_forward(
                module, query.float(), key.float(), value.float(), attention_mask, **options
            )
        return output.to(query.dtype), weights

    AttentionInterface.register(_WIDE_ATTENTION, wide)
