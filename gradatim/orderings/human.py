"""As a school teaches: every subject from easy to hard, all subjects side by side.

Subjects are the domains. In proportion, all subjects climb together and end together; in turn, each gives one sample at a time, and
the smaller ones end sooner. Samples are ranked within their subject alone, so that no score is compared across subjects.

Source: interleaved human curriculum, Lee et al. 2023, arXiv 2310.09518
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gradatim.orderings import _domains, _sorted
from gradatim.params import param
from gradatim.seeds import Seed
from gradatim.types import OrderContext, Remark

version = 1
output = "permutation"
use = "For instruction data with subjects: easy to hard within each, side by side, as a school day mixes lessons."


@dataclass(frozen=True, slots=True)
class Params:
    interleave: Literal["proportional", "round_robin"] = param(
        "proportional",
        help="All subjects over the whole order, in proportion to their sizes, or one sample of each in turn.",
    )
    descending: bool = param(False, help="The highest scores are the easiest ones.")


def order(context: OrderContext, params: Params, rng: Seed) -> list[np.ndarray]:
    by_score = _sorted.sorted_samples(context, params.descending)
    domain = _domains.codes(context)[by_score]
    interleave = _domains.in_turn if params.interleave == "round_robin" else _domains.in_proportion
    return _sorted.every_epoch(interleave(by_score, domain), context)


def remarks(context: OrderContext, params: Params) -> list[Remark]:
    return _domains.remarks(context, "plain sorting")
