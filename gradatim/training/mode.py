"""How a run is trained, in a sentence: what a reader needs to know to repeat its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from gradatim import specs


def in_words(recipe: specs.Recipe, device: torch.device, *, parameters: int, steps: int) -> str:
    import torch

    mode = "compiled" if recipe.compile else "eager"
    exact = "deterministic kernels" if recipe.deterministic else "kernels as they come"
    if recipe.deterministic and device.type != "cpu":
        exact += " where the GPU has them"
    threads = torch.get_num_threads()
    where = f"{threads} CPU thread{'s' * (threads > 1)}" if device.type == "cpu" else "one GPU"
    more = ", the loss on answers alone" if recipe.loss_on == "answers" else ""
    more += ", attention within samples" if recipe.attention == "within_samples" else ""
    size = recipe.batch_size * recipe.context
    return (
        f"Training {parameters:,} weights for {steps:,} steps of {size:,} tokens on {where}, "
        f"{recipe.precision}, {mode}, {exact}{more}."
    )
