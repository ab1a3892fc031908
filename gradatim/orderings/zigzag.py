"""Folding with every other layer reversed: the score climbs, falls, climbs, without a jump between layers.

The default number of layers is the published configuration's and is not shown to be the best.

Source: ZIG of the DELT line, arXiv 2605.30334
"""

from dataclasses import dataclass

import numpy as np

from gradatim.orderings import _layers, _sorted
from gradatim.params import param
from gradatim.seeds import Seed
from gradatim.types import OrderContext

version = 1
output = "permutation"


@dataclass(frozen=True, slots=True)
class Params:
    layers: int = param(5, ge=1, help="How many times the order runs through the range of scores, up and down in turn.")
    descending: bool = param(False, help="Start with the highest score.")


def order(context: OrderContext, params: Params, rng: Seed) -> list[np.ndarray]:
    by_score = _sorted.sorted_samples(context, params.descending)
    return _sorted.every_epoch(_layers.zigzagged(by_score, params.layers), context)
