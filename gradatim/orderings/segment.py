"""Three parts, each shuffled: a front and a back taken from the ends of the score range, and the rest between them.

Front and back may come from the low or the high end. By default the run starts with the lowest tenth and ends with the highest
one. Where both come from the same end they share its block at random. Every later epoch is shuffled anew.

Source: SEG, arXiv 2605.30334
"""

import warnings
from dataclasses import dataclass

import numpy as np

from gradatim.errors import UserError
from gradatim.orderings import _epochs, _shuffle, _sorted
from gradatim.params import param
from gradatim.seeds import Seed
from gradatim.types import OrderContext, Remark

version = 1
output = "permutation"
use = (
    "Where only beginning and end matter: plain samples first and the best last for pre-training, high scores "
    "at both ends for fine-tuning."
)


@dataclass(frozen=True, slots=True)
class Params:
    front_percent: float = param(10.0, ge=0, le=100, help="Percentage of the samples that come first.")
    back_percent: float = param(10.0, ge=0, le=100, help="Percentage of the samples that come last.")
    front_high: bool = param(False, help="Take the front from the highest scores instead of the lowest.")
    back_high: bool = param(True, help="Take the back from the highest scores instead of the lowest.")


def order(context: OrderContext, params: Params, rng: Seed) -> list[np.ndarray]:
    ascending = _sorted.sorted_samples(context)
    front, back = counts(context.n, params)

    def once(seed: Seed) -> np.ndarray:
        return _segmented(ascending, front, back, params, _shuffle.Shuffler(seed))

    return _epochs.fresh_every_epoch(once, context.epochs, rng)


def remarks(context: OrderContext, params: Params) -> list[Remark]:
    total = params.front_percent + params.back_percent
    if total > 100:
        said = f"Front and back together are {total:g} % of the samples: both are shortened in proportion, and no middle is left."
        return [Remark(said, "back_percent")]
    if total == 0:
        return [Remark("Without front and back the order is a plain shuffle.", "front_percent")]
    return []


def counts(n: int, params: Params) -> tuple[int, int]:
    """Samples of front and back: the floor of the exact percentages; shrunk in proportion, with a warning, when beyond n."""
    from fractions import Fraction

    for name in ("front_percent", "back_percent"):
        if not 0 <= getattr(params, name) <= 100:
            raise UserError(f"A percentage is between 0 and 100, not {getattr(params, name)}.", field=name)
    # the percentage as it was written: 0.29 is 29/100, which no binary float is
    front = int(Fraction(str(params.front_percent)) * n // 100)
    back = int(Fraction(str(params.back_percent)) * n // 100)
    if front + back > n:
        front = front * n // (front + back)
        back = n - front
        warnings.warn(
            f"Front and back together are more than all {n} samples: {front} and {back} are taken instead.",
            stacklevel=3,
        )
    return front, back


def _segmented(ascending: np.ndarray, front: int, back: int, params: Params, shuffler: _shuffle.Shuffler) -> np.ndarray:
    ends, rest = front + back, len(ascending) - front - back
    if params.front_high == params.back_high:
        block = ascending[rest:] if params.front_high else ascending[:ends]
        middle = ascending[:rest] if params.front_high else ascending[ends:]
        block = shuffler.shuffled(block)
        first, last = block[:front], block[front:]
    elif params.front_high:
        first, last, middle = ascending[back + rest :], ascending[:back], ascending[back : back + rest]
    else:
        first, last, middle = ascending[:front], ascending[front + rest :], ascending[front : front + rest]
    # in this order, from one generator
    return np.concatenate([shuffler.shuffled(part) for part in (first, middle, last)])
