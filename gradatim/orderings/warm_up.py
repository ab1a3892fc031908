"""Easy to hard for the first part, then everything else at random: a curriculum as a warm-up.

The warm-up takes the easiest share of the samples, or a random share of all of them, which then climbs through the whole range. It
is a part of the first pass; every later pass is a plain shuffle.

Source: warm-up curricula of Zhang et al. 2025, arXiv 2506.11300 (there the first 1,000 steps; here a share of the samples)
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gradatim.errors import UserError
from gradatim.orderings import _epochs, _sorted
from gradatim.params import param
from gradatim.seeds import Seed
from gradatim.types import OrderContext, Remark

version = 1
output = "permutation"
use = "Where easy samples shall only ease the start, and the rest of training be as random as the baseline."


@dataclass(frozen=True, slots=True)
class Params:
    share: float = param(0.1, ge=0, le=1, help="The share of the samples that comes from easy to hard.")
    pool: Literal["easiest", "all"] = param(
        "easiest", label="Warm up on", help="The easiest samples, or a random part of all of them."
    )
    descending: bool = param(False, help="The highest scores are the easiest ones.")


def order(context: OrderContext, params: Params, rng: Seed) -> list[np.ndarray]:
    if not 0 <= params.share <= 1:
        raise UserError(f"A share is between 0 and 1, not {params.share}.", field="share")
    by_score = _sorted.sorted_samples(context, params.descending)
    count = round(params.share * context.n)

    def warmed_up(seed: Seed) -> np.ndarray:
        generator = seed.numpy()
        first = np.zeros(context.n, bool)
        first[:count] = True
        if params.pool == "all":
            generator.shuffle(first)
        return np.concatenate([by_score[first], generator.permutation(by_score[~first])])

    def everything(seed: Seed) -> np.ndarray:
        return seed.numpy().permutation(by_score)

    return _epochs.fresh_every_epoch(everything, context.epochs, rng, first=warmed_up)


def remarks(context: OrderContext, params: Params) -> list[Remark]:
    if not context.n:
        return []
    count = round(params.share * context.n)
    if count == 0:
        return [Remark(f"{params.share:g} of {context.n:,} samples is none: a plain shuffle remains.", "share")]
    if count == context.n:
        return [Remark("The warm-up is the whole first pass: plain sorting.", "share")]
    return []
