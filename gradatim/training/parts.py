"""Losses of hidden states a part at a time: all logits at once are far larger than a processor's cache, and reading them again and
again takes longer than making them.

Where a gradient is wanted it is made together with the loss of its part, while the logits are at hand, so that they are neither kept nor
made twice; what remains for the backward pass is a multiplication. A compiler fuses what it can itself: this is for eager mode.

Source: the fused linear cross-entropy of Liger kernels (Hsu et al. 2024, arXiv 2410.10989)
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

from gradatim.training.rows import IGNORED

if TYPE_CHECKING:
    import torch

#: Tokens whose logits are made at once, and by how many words of the vocabulary where only their losses are wanted of a processor.
PART, WORDS = 256, 512
LOG2_E = math.log2(math.e)
#: A sum of powers under which those that 32 bits cannot hold would be missed.
SMALLEST = 1e-30


def token_losses(states: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Cross-entropy in nats, float32, of the shape of ``targets`` (rows, length); zero where none is predicted.

    ``states`` (rows, length, hidden) are the last hidden states and ``weight`` (vocabulary, hidden) the output embeddings.
    """
    import torch

    predicting = targets != IGNORED
    by_words = states.device.type == "cpu" and not torch.is_autocast_enabled("cpu") and weight.dtype == torch.float32
    found = torch.zeros(targets.shape, device=targets.device)
    with torch.no_grad():
        found[predicting] = (_by_words if by_words else _by_part)(states[predicting], weight, targets[predicting])
    return found


def _by_part(states: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """float32 (tokens,): the losses of ``states`` (tokens, hidden)."""
    import torch

    losses = [torch.zeros(0, device=states.device)]
    for part, wanted in zip(states.split(PART), targets.split(PART), strict=True):
        logits = (part @ weight.t()).float()
        losses.append(logits.logsumexp(-1) - logits.gather(1, wanted[:, None])[:, 0])
    return torch.cat(losses)


def _by_words(states: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The same a stretch of the vocabulary at a time: a processor's own cache holds its logits, in powers of two.

    Sums of powers are taken as they are, because the usual step down from the highest logit costs a quarter of the whole; a token whose
    sum leaves the range of 32 bits is summed again the usual way.
    """
    import torch

    scaled, total = states * LOG2_E, states.new_zeros(len(states))
    ones, logits = states.new_ones(WORDS), states.new_empty(min(PART, len(states)) * WORDS)
    for words in weight.split(WORDS):
        count = len(words)
        for part, sums in zip(scaled.split(PART), total.split(PART), strict=True):
            powers = logits[: len(part) * count].view(len(part), count)
            sums.addmv_(torch.mm(part, words.t(), out=powers).exp2_(), ones[:count])
    norms = total.log()
    outside = ~((total > SMALLEST) & (total < torch.inf))
    if outside.any():
        norms[outside] = torch.cat([(part @ weight.t()).logsumexp(-1) for part in states[outside].split(PART)])
    return norms - (states * weight[targets]).sum(-1)


def mean_loss(states: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The mean of :func:`token_losses` over the predicted tokens, 0 where there is none; with gradient."""
    return _mean().apply(states.flatten(0, 1), weight, targets.flatten())


@functools.cache
def _mean():
    import torch

    class Mean(torch.autograd.Function):
        @staticmethod
        def forward(ctx, states, weight, targets):
            predicting = targets != IGNORED
            count = predicting.sum().clamp(min=1)
            total = torch.zeros((), dtype=torch.float64, device=states.device)
            of_states, of_weight = torch.empty_like(states), torch.zeros_like(weight)
            mixed = torch.is_autocast_enabled(states.device.type)
            for start in range(0, len(states), PART):
                part, chosen = states[start : start + PART], predicting[start : start + PART]
                wanted = targets[start : start + PART].clamp(min=0)[:, None]
                logits = (part @ weight.t()).float()
                norm = logits.logsumexp(-1, keepdim=True)
                total += (norm - logits.gather(1, wanted))[:, 0][chosen].sum(dtype=torch.float64)
                # from here on the gradient of the mean by the logits: probabilities, less one at what is wanted
                logits.sub_(norm).exp_()
                logits.scatter_(1, wanted, logits.gather(1, wanted) - 1)
                logits.mul_((chosen / count)[:, None])
                of_states[start : start + PART] = logits @ weight
                if mixed:
                    of_weight += logits.t() @ part
                else:
                    of_weight.addmm_(logits.t(), part)
            ctx.save_for_backward(of_states, of_weight)
            return (total / count).float()

        @staticmethod
        def backward(ctx, gradient):
            of_states, of_weight = ctx.saved_tensors
            return of_states * gradient, of_weight * gradient, None

    return Mean
