"""Folding with every other layer reversed: the score climbs, falls, climbs, without a jump between layers.

With an even number of layers the last one falls, and the order ends where it began; a closed exit adds one more layer, which
climbs. The default number of layers is the published configuration's and is not shown to be the best.

Source: ZIG of the DELT line, arXiv 2605.30334
"""

from dataclasses import dataclass

import numpy as np

from gradatim.orderings import _layers, _sorted
from gradatim.params import param
from gradatim.seeds import Seed
from gradatim.types import OrderContext, Remark

version = 1
output = "permutation"
use = "As folding, where the fall between two layers shall not be: neighbours in the order stay neighbours in score."


@dataclass(frozen=True, slots=True)
class Params:
    layers: int = param(5, ge=1, help="How many times the order runs through the range of scores, up and down in turn.")
    descending: bool = param(False, help="Start with the highest score.")
    close_exit: bool = param(
        False,
        added=True,
        help="Give an even number of layers one more, so that the order ends at the other end of the range.",
    )


def order(context: OrderContext, params: Params, rng: Seed) -> list[np.ndarray]:
    by_score = _sorted.sorted_samples(context, params.descending)
    return _sorted.every_epoch(_layers.zigzagged(by_score, _layers_of(params)), context)


def remarks(context: OrderContext, params: Params) -> list[Remark]:
    layers = _layers_of(params)
    if layers % 2 or context.n <= layers:
        return _layers.remarks(context.n, layers)
    end = "high" if params.descending else "low"
    said = f"With {layers:,} layers, an even number, the order ends at the {end} end of the scores, where it began: close the exit."
    return [Remark(said, "layers")]


def _layers_of(params: Params) -> int:
    return _layers.closed(params.layers) if params.close_exit else params.layers
