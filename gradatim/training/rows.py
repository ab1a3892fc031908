"""Rows of tokens as a model is given them: which tokens count in the loss, and how far each may look back.

A token predicts its successor in the row; the last predicts nothing. ``answers`` leaves out what is of a prompt: a token counts
where it is of an answer (of a sample without a prompt all are), whatever predicts it. ``samples`` keep the attention within
samples: each begins at position 0, sees nothing before it and is predicted by nothing before it, as if it stood alone; a sample
that a row or a step cuts goes on as one of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import torch

#: Targets with this value are not predicted.
IGNORED = -100


class Rows(NamedTuple):
    """int64 (rows, length) each; ``positions`` None: the attention is over whole rows."""

    input_ids: torch.Tensor
    targets: torch.Tensor
    positions: torch.Tensor | None = None


def rows_of(
    input_ids: np.ndarray,
    device: torch.device,
    *,
    answers: np.ndarray | None = None,
    samples: np.ndarray | None = None,
) -> Rows:
    """``answers`` bool and ``samples`` int64, of the same shape as ``input_ids``: whether a token is of an answer, and of which sample."""
    import torch

    positions = None if samples is None else positions_of(samples)
    targets = targets_of(input_ids, answers, positions)
    given = [torch.from_numpy(array).to(device, non_blocking=True) for array in (input_ids, targets)]
    return Rows(*given, None if positions is None else torch.from_numpy(positions).to(device, non_blocking=True))


def targets_of(
    input_ids: np.ndarray, answers: np.ndarray | None = None, positions: np.ndarray | None = None
) -> np.ndarray:
    targets = np.full_like(input_ids, IGNORED)
    targets[:, :-1] = input_ids[:, 1:]
    if answers is not None:
        targets[:, :-1][~answers[:, 1:]] = IGNORED
    if positions is not None:
        targets[:, :-1][positions[:, 1:] == 0] = IGNORED
    return targets


def positions_of(samples: np.ndarray) -> np.ndarray:
    """int64, same shape: each token's place in its sample's part of the row."""
    places = np.broadcast_to(np.arange(samples.shape[1]), samples.shape)
    begins = np.ones_like(samples, bool)
    begins[:, 1:] = samples[:, 1:] != samples[:, :-1]
    return places - np.maximum.accumulate(np.where(begins, places, 0), axis=1)
