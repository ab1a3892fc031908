"""The sorted samples dealt into layers, each of which runs through the whole range of scores: sort, repeatedly.

With L layers the first holds every L-th sample of the sorted order, the second those one place further, and so on. Between two
layers the score falls back to the start of its range. The default number of layers is the published configuration's and is
not shown to be the best.

Source: FO of the DELT line, arXiv 2506.21545 and 2605.30334
"""

from dataclasses import dataclass

import numpy as np

from gradatim.orderings import _layers, _sorted
from gradatim.params import param
from gradatim.seeds import Seed
from gradatim.types import OrderContext, Remark

version = 1
output = "permutation"
use = (
    "Where one ascent forgets what it began with: the whole range of scores comes back in every layer, at the "
    "price of a fall between layers."
)


@dataclass(frozen=True, slots=True)
class Params:
    layers: int = param(5, ge=1, help="How many times the order runs through the range of scores.")
    descending: bool = param(False, help="Highest score first in every layer.")


def order(context: OrderContext, params: Params, rng: Seed) -> list[np.ndarray]:
    by_score = _sorted.sorted_samples(context, params.descending)
    return _sorted.every_epoch(_layers.folded(by_score, params.layers), context)


def remarks(context: OrderContext, params: Params) -> list[Remark]:
    return _layers.remarks(context.n, params.layers)
