"""Every stretch of the order has the domain proportions of the whole: no domain comes in a lump.

Within a domain the samples come in random order, anew in every pass, or by score. Proportions count samples, not tokens.

Source: definition (stratified order: the j-th of m samples of a domain is due at (j + 1/2) / m)
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gradatim.orderings import _domains, _epochs, _sorted
from gradatim.params import param
from gradatim.seeds import Seed
from gradatim.types import OrderContext, Remark

version = 1
output = "permutation"
use = (
    "Where every stretch of training shall hold all domains in their overall proportions, whatever the scores "
    "do within each."
)


@dataclass(frozen=True, slots=True)
class Params:
    within: Literal["shuffled", "score"] = param(
        "shuffled", label="Within a domain", help="In random order, or by score."
    )
    descending: bool = param(False, help="Highest score first, within a domain by score.")


def needs_scores(params: Params) -> bool:
    return params.within == "score"


def order(context: OrderContext, params: Params, rng: Seed) -> list[np.ndarray]:
    domain = _domains.codes(context)
    if params.within == "score":
        by_score = _sorted.sorted_samples(context, params.descending)
        return _sorted.every_epoch(_domains.in_proportion(by_score, domain[by_score]), context)

    def once(seed: Seed) -> np.ndarray:
        shuffled = seed.numpy().permutation(np.arange(context.n, dtype=np.uint32))
        return _domains.in_proportion(shuffled, domain[shuffled])

    return _epochs.fresh_every_epoch(once, context.epochs, rng)


def remarks(context: OrderContext, params: Params) -> list[Remark]:
    return _domains.remarks(context, "plain sorting" if params.within == "score" else "a plain shuffle")
