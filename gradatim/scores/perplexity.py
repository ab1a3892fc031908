"""How surprising a sample is to a language model: exp of its mean loss a token. Which texts are easy depends on the model
that is asked; compare scores of one model only.

Every sample stands alone, after an end-of-text token, so that its first token is predicted too; the end-of-text token
that ends it counts as a token of the sample. A sample longer than the context is read in overlapping windows, and each
token is counted once, in the first window that holds it. Bits per byte do not depend on the tokenizer.

Source: definition (Jelinek et al. 1977)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from gradatim import surprise
from gradatim.errors import UserError
from gradatim.params import param

if TYPE_CHECKING:
    from gradatim.corpora.store import Dataset
    from gradatim.corpora.tokens import Tokens
    from gradatim.types import ScoreContext

title = "Perplexity"
version = 1
higher_means = "harder"
device = "gpu"
needs = ("tokens", "checkpoint")

#: Samples that are sorted by length and scored together. A chunk is what a resume goes on after, and what progress and a cancel wait for: a few seconds.
CHUNK = {"cpu": 256, "cuda": 2048}
#: Tokens of one forward pass: on a processor what its cache holds, on a GPU what keeps it busy.
BATCH_TOKENS = {"cpu": 1024, "cuda": 16_384}


@dataclass(frozen=True, slots=True)
class Params:
    measure: surprise.Measure = param("perplexity", help=surprise.HELP)
    context: int = param(0, help="Longest window in tokens; 0 takes the model's own.", ge=0)
    stride: int = param(0, help="How far windows of a long sample move on, in tokens; 0 is half the context.", ge=0)
    precision: Literal["fp32", "bf16"] = param("fp32", help="Of the matrix products; bf16 moves a loss by about 1e-4.")
    batch_tokens: int = param(
        0, help="Tokens of one forward pass, padding included; 0 takes what suits the device.", ge=0
    )


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows over samples, each preceded by an end-of-text token: all int64 (windows,).

    A window reads the tokens ``start`` to ``start + length`` of its ``row`` (0 is the token before the sample) and
    predicts the successor of each of the last ``scored`` ones.
    """

    row: np.ndarray
    start: np.ndarray
    length: np.ndarray
    scored: np.ndarray


def score(samples: "Dataset", params: Params, context: "ScoreContext") -> Iterator[np.ndarray]:
    if context.tokens is None or context.checkpoint is None:
        missing = "tokenizer" if context.tokens is None else "checkpoint"
        raise UserError(f"Perplexity needs a {missing}: choose one.", field=missing)
    from gradatim.training import models, step

    device = step.choose_device()
    model = models.load(context.checkpoint, field="checkpoint").eval()
    longest = params.context or models.context_of(model) or 1024
    models.check(model, vocab_size=context.tokens.vocab_size, context=longest, field="params.context")
    losses = step.token_losses(step.place(model, device, params.precision), params.precision)
    stride = min(params.stride or max(1, longest // 2), longest)
    batch_tokens = params.batch_tokens or BATCH_TOKENS[device.type]
    lengths, sizes = context.tokens.lengths.astype(np.int64), samples.byte_counts()
    chunk = CHUNK[device.type]
    for first in range(context.start, samples.rows, chunk):
        rows = slice(first, min(first + chunk, samples.rows))
        windows = windows_of(lengths[rows], longest, stride)
        with step.determinism(True, device):
            sums = _sums(losses, context.tokens, first, windows, len(lengths[rows]), batch_tokens, device)
        yield surprise.measured(sums, params.measure, lengths[rows], sizes[rows])


def windows_of(lengths: np.ndarray, context: int, stride: int) -> Windows:
    """Windows of at most ``context`` tokens over samples of ``lengths`` (n,), their end-of-text token included."""
    more = -(-np.maximum(lengths - context, 0) // stride)
    row = np.repeat(np.arange(len(lengths)), more + 1)
    place = np.arange(len(row)) - np.repeat(np.cumsum(more + 1) - (more + 1), more + 1)
    end = np.minimum(context + place * stride, lengths[row])
    before = np.where(place == 0, 0, context + (place - 1) * stride)
    start = np.maximum(end - context, 0)
    return Windows(row, start, end - start, end - before)


def _sums(losses, tokens: "Tokens", first: int, windows: Windows, rows: int, batch_tokens: int, device) -> np.ndarray:
    """float64 (rows,): each sample's summed loss. Windows of like length share a batch, padded on the right.

    A causal model never looks to the right, so padding changes no number beyond rounding.
    """
    import torch

    order = np.argsort(-windows.length, kind="stable")
    totals, start = np.zeros(rows), 0
    with torch.inference_mode():
        while start < len(order):
            count = max(1, batch_tokens // int(windows.length[order[start]]))
            picked = order[start : start + count]
            ids, targets = _batch(tokens, first, windows, picked)
            found = losses(torch.from_numpy(ids).to(device), torch.from_numpy(targets).to(device))
            found = found.sum(dim=1, dtype=torch.float64).cpu().numpy()
            totals += np.bincount(windows.row[picked], weights=found, minlength=rows)
            start += count
    return totals


def _batch(tokens: "Tokens", first: int, windows: Windows, picked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from gradatim.training.step import IGNORED

    length, scored = windows.length[picked, None], windows.scored[picked, None]
    column = np.arange(int(length.max()))
    place = windows.start[picked, None] + column
    offset = tokens.offsets[first + windows.row[picked]][:, None]
    inside = column < length
    source = np.where(inside, offset + place, 0)
    targets = tokens.data[source].astype(np.int64)
    ids = np.where(place > 0, tokens.data[np.maximum(source - 1, 0)], tokens.end_of_text).astype(np.int64)
    ids[~inside] = tokens.end_of_text
    targets[~inside | (column < length - scored)] = IGNORED
    return ids, targets
