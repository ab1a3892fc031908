"""Passes over a share of the samples that grows and shrinks in turn, in which easy samples are drawn before hard ones.

The share of a pass starts at the smallest one, is divided by alpha until it reaches the largest, then multiplied by alpha back to
the smallest, and so on. A sharp cycle falls back at once; lower to bigger stays at the largest share, bigger to lower starts there
and stays at the smallest. A pass draws its share of the samples without replacement, with chances in proportion to their easiness,
and shuffles what it drew. Easiness is 1 / score, as of losses, where scores below the clip count as the clip; with the highest scores
as the easiest ones it is the score itself, clipped likewise. For scores on any scale it goes by rank: n for the easiest sample, 1
for the hardest one.

Source: Kesgin and Amasyali 2023 and their code, CyclicalCurriculum/Cyclical-Curriculum; easiness by rank is an addition
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from gradatim import ranking
from gradatim.errors import UserError
from gradatim.orderings import _sorted
from gradatim.params import param
from gradatim.seeds import Seed
from gradatim.types import OrderContext, Remark

version = 1
output = "repeats"
use = "Where training shall breathe between few, easy samples and all of them; it needs scores of a trained model."


@dataclass(frozen=True, slots=True)
class Params:
    strategy: Literal["cycle", "sharp_cycle", "lower_to_bigger", "bigger_to_lower"] = param(
        "cycle", help="How the share of a pass changes."
    )
    start: float = param(
        0.25, gt=0, le=1, label="Smallest share", help="The share of the samples in the smallest pass."
    )
    end: float = param(1.0, gt=0, le=1, label="Largest share", help="The share of the samples in the largest pass.")
    alpha: float = param(0.5, gt=0, lt=1, help="The share grows by division by alpha, and shrinks by multiplication.")
    easiness: Literal["inverse", "rank"] = param(
        "inverse", help="What the chance of a sample follows: 1 / score, as of losses, or its rank."
    )
    clip: float = param(
        0.01, gt=0, help="Scores below count as this one, so that no sample is drawn by its tiny score alone."
    )
    descending: bool = param(False, help="The highest scores are the easiest ones.")


def shares(params: Params) -> Iterator[float]:
    """The share of each pass, without end. A cycle grows where it is at its start, or was growing and is not at its end."""
    if not 0 < params.alpha < 1:
        raise UserError(f"Alpha is between 0 and 1, not {params.alpha}.", field="alpha")
    if not 0 < params.start <= params.end <= 1:
        raise UserError(
            "The smallest share is above 0 and no larger than the largest, which is at most 1.", field="start"
        )
    low, high = params.start, params.end
    share, before = (high if params.strategy == "bigger_to_lower" else low), 0.0
    while True:
        yield share
        growing = share == low or (before < share and share != high)
        if params.strategy == "lower_to_bigger":
            growing = True
        elif params.strategy == "bigger_to_lower":
            growing = False
        before = share
        if growing:
            share = min(share / params.alpha, high)
        else:
            share = low if params.strategy == "sharp_cycle" else max(share * params.alpha, low)


def order(context: OrderContext, params: Params, rng: Seed) -> list[np.ndarray]:
    scores = ranking.checked(context.scores, context.n)
    chances = _log_easiness(context, scores, params)
    passes = []
    for epoch, share in zip(range(context.epochs), shares(params), strict=False):
        generator = (rng.child("epoch", epoch) if epoch else rng).numpy()
        size = min(context.n, max(1, round(share * context.n)))
        # the largest of log weights with Gumbel noise: the same as drawing one after another without replacement
        keys = chances + generator.gumbel(size=context.n)
        drawn = np.argpartition(keys, context.n - size)[context.n - size :] if size < context.n else np.arange(size)
        passes.append(generator.permutation(drawn.astype(np.uint32)))
    return passes


def remarks(context: OrderContext, params: Params) -> list[Remark]:
    found = []
    if params.easiness == "inverse" and context.scores is not None and context.n:
        low = int(np.count_nonzero(np.asarray(context.scores) <= params.clip))
        if low:
            are = "is at or below" if low == 1 else "are at or below"
            said = f"{low:,} of {context.n:,} scores {are} {params.clip:g} and {'counts' if low == 1 else 'count'} as that: "
            found.append(Remark(said + "take easiness by rank if these are no losses.", "clip"))
    if params.start == params.end:
        found.append(Remark("The smallest share is the largest one: all passes are of equal size.", "start"))
    return found


def _log_easiness(context: OrderContext, scores: np.ndarray, params: Params) -> np.ndarray:
    """float64 (n,): logarithms of weights; infinite scores are the hardest or the easiest of all."""
    if params.easiness == "rank":
        weights = np.empty(context.n)
        weights[_sorted.sorted_samples(context, params.descending)] = np.arange(context.n, 0, -1)
        return np.log(weights)
    if not params.clip > 0:
        raise UserError(f"Scores are clipped at a number above 0, not {params.clip}.", field="clip")
    logs = np.log(np.maximum(scores.astype(np.float64), params.clip))
    return logs if params.descending else -logs
