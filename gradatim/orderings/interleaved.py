"""Many small curricula in a row: each segment replays the whole range of scores from easy to hard.

The sorted samples are dealt to the segments in turn, so that each holds every level. With buckets a segment climbs by as many steps,
shuffled inside and anew in every pass; without, it is sorted exactly, and the order is that of folding into as many layers.

Source: interleaved curricula of Zhang et al. 2025, arXiv 2506.11300
"""

from dataclasses import dataclass

import numpy as np

from gradatim.errors import UserError
from gradatim.orderings import _buckets, _epochs, _layers, _sorted
from gradatim.params import param
from gradatim.seeds import Seed
from gradatim.types import OrderContext, Remark

version = 1
output = "permutation"
use = "Where every part of training shall go from easy to hard, so that no score band is away for long."


@dataclass(frozen=True, slots=True)
class Params:
    segments: int = param(10, ge=1, help="How many times the order runs from easy to hard.")
    buckets: int = param(0, ge=0, help="Equal steps of a segment, shuffled inside; 0 sorts a segment exactly.")
    descending: bool = param(False, help="Highest score first in every segment.")


def order(context: OrderContext, params: Params, rng: Seed) -> list[np.ndarray]:
    for name, least in (("segments", 1), ("buckets", 0)):
        if getattr(params, name) < least:
            raise UserError(f"This is a whole number of at least {least}.", field=name)
    dealt = _layers.folded(_sorted.sorted_samples(context, params.descending), params.segments)
    if not params.buckets:
        return _sorted.every_epoch(dealt, context)
    step = _steps(context.n, params)

    def once(seed: Seed) -> np.ndarray:
        return _buckets.shuffled_inside(dealt, step, seed.numpy())

    return _epochs.fresh_every_epoch(once, context.epochs, rng)


def remarks(context: OrderContext, params: Params) -> list[Remark]:
    if params.segments == 1 and not params.buckets:
        return [Remark("One segment, sorted exactly, is plain sorting.", "segments")]
    if 0 < context.n <= params.segments:
        said = f"{params.segments:,} segments of {context.n:,} samples hold one each: plain sorting remains."
        return [Remark(said, "segments")]
    if params.buckets == 1:
        return [Remark("One bucket shuffles a whole segment: no segment climbs.", "buckets")]
    return []


def _steps(n: int, params: Params) -> np.ndarray:
    """The number of the step, counted through all segments, that each place of the dealt order belongs to."""
    segments = max(1, min(params.segments, n))
    size, longer = divmod(n, segments)
    sizes = np.full(segments, size)
    sizes[:longer] += 1
    segment = np.repeat(np.arange(segments), sizes)
    place = np.arange(n) - (np.cumsum(sizes) - sizes)[segment]
    return segment * params.buckets + place * params.buckets // sizes[segment]
