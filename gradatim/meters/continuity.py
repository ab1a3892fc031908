"""Curriculum continuity: whether the score jumps from one batch to the next.

The excess jump between two looks (:mod:`gradatim.meters.batches`) is the distance of their means beyond what chance makes:
max(0, |mean' - mean| - z * sqrt(variance/n + variance'/n')), z the quantile of a normal distribution at 1 - 0.01/m for m looks.
Each look is compared with the next and with the one after it, so that a jump inside a look is not missed; of the two the larger counts.

continuity = 1 - the largest excess jump. jumps = runs of neighbouring excess jumps of a tenth of the score range or more: a random
order has none. variation = sum of the excess jumps to the next look.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from gradatim.meters.batches import Spread
from gradatim.meters.words import percent

JUMP = 0.10
CHANCE = 0.01


@dataclass(frozen=True, slots=True)
class Continuity:
    continuity: float
    jumps: int
    variation: float

    @property
    def reading(self) -> str:
        step = f"{percent(1 - self.continuity)} of the score range"
        if self.jumps:
            several = f"{self.jumps:,} jumps" if self.jumps > 1 else "One jump"
            return f"{several} between neighbouring batches; the largest is {step}, beyond chance."
        if 1 - self.continuity >= 0.01:
            return f"No jump between neighbouring batches; the largest step is {step}, beyond chance."
        return "No jump between neighbouring batches beyond chance."


def continuity(seen: Spread) -> Continuity:
    """``seen``: the looks at u."""
    m = len(seen.mean)
    if m < 2:
        return Continuity(1.0, 0, 0.0)
    z = NormalDist().inv_cdf(1 - CHANCE / m)
    noise = seen.variance / seen.sizes
    next_one = _excess(seen.mean, noise, z, 1)
    largest = next_one.copy()
    if m > 2:
        largest[:-1] = np.maximum(largest[:-1], _excess(seen.mean, noise, z, 2))
    far = np.concatenate([[False], largest >= JUMP])
    runs = int(np.count_nonzero(far[1:] & ~far[:-1]))
    return Continuity(float(1 - largest.max()), runs, float(next_one.sum()))


def _excess(mean: np.ndarray, noise: np.ndarray, z: float, lag: int) -> np.ndarray:
    return np.maximum(0.0, np.abs(mean[lag:] - mean[:-lag]) - z * np.sqrt(noise[lag:] + noise[:-lag]))
