"""The order follows a curve that you draw: which score percentile is wanted at which place.

Points are pairs of a place, from 0 to 1, and a percentile, from 0 to 100, joined by straight lines; before the first and after the
last the curve is flat, and two points at one place make a step. As every sample comes once, the order follows the curve as closely as
a permutation can: the place with the k-th lowest wish gets the sample of the k-th lowest score. A curve that asks for one level more
often than it is there cannot be followed closely; the distance is told beside the points. Places with equal wishes share their
samples at random, anew in every pass.

Source: definition (monotone rearrangement)
"""

from dataclasses import dataclass

import numpy as np

from gradatim.errors import UserError
from gradatim.orderings import _buckets, _epochs, _sorted
from gradatim.params import param
from gradatim.seeds import Seed
from gradatim.types import OrderContext, Remark

#: Places at which the distance between curve and order is measured at most.
ENOUGH = 1 << 14

version = 1
output = "permutation"
use = (
    "Where you have an idea of your own: draw it, read how closely the data can follow, and compare it with the others."
)


@dataclass(frozen=True, slots=True)
class Params:
    points: list[tuple[float, float]] = param(
        [(0.0, 0.0), (1.0, 100.0)],
        min_length=2,
        help="Places (0 to 1) and the score percentiles (0 to 100) wanted there, such as [[0, 50], [0.5, 0], [1, 100]].",
    )

    def __post_init__(self):
        places = [place for place, _ in self.points]
        if any(not 0 <= place <= 1 for place in places) or any(a > b for a, b in zip(places, places[1:], strict=False)):
            raise UserError("Places are numbers from 0 to 1, in ascending order.", field="points")
        if any(not 0 <= percentile <= 100 for _, percentile in self.points):
            raise UserError("Percentiles are numbers from 0 to 100.", field="points")


def wanted(n: int, params: Params) -> np.ndarray:
    """The percentile that the curve asks for at each of ``n`` places."""
    places, percentiles = np.array(params.points, np.float64).T
    return np.interp((np.arange(n) + 0.5) / max(n, 1), places, percentiles)


def distance(n: int, params: Params) -> float:
    """How far the order is from the curve: the mean distance between wanted and given percentile; it is the least possible."""
    given = (np.arange(n) + 0.5) / max(n, 1) * 100
    return float(np.abs(np.sort(wanted(n, params)) - given).mean()) if n else 0.0


def order(context: OrderContext, params: Params, rng: Seed) -> list[np.ndarray]:
    by_score = _sorted.sorted_samples(context)
    curve = wanted(context.n, params)
    places = np.argsort(curve, kind="stable")
    level = np.cumsum(np.diff(curve[places], prepend=-1.0) > 0)  # places with equal wishes are on one level

    def placed(at: np.ndarray) -> np.ndarray:
        found = np.empty_like(by_score)
        found[at] = by_score
        return found

    if context.n == 0 or level[-1] == context.n:
        return _sorted.every_epoch(placed(places), context)

    def once(seed: Seed) -> np.ndarray:
        return placed(_buckets.shuffled_inside(places, level, seed.numpy()))

    return _epochs.fresh_every_epoch(once, context.epochs, rng)


def remarks(context: OrderContext, params: Params) -> list[Remark]:
    if not context.n:
        return []
    far = distance(min(context.n, ENOUGH), params)
    said = f"The order follows the curve to within {far:.1f} percentiles on average"
    more = (
        "." if far < 5 else ": every sample comes once, and the curve asks for some levels more often than for others."
    )
    return [Remark(said + more, "points")]
