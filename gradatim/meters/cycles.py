"""Cyclic scheduling: how often the order goes back, and how long a part of the scores stays away.

The means of the looks (:mod:`gradatim.meters.batches`), smoothed by a running mean over a 128th of them (only whole windows
count), are cut into legs by a zigzag with hysteresis: a leg ends where the mean has come back from its extreme by at least the
threshold max(0.05, 8 standard errors of a smoothed mean), so that chance makes no leg. The first leg counts, too: a sorted order has one.

review = length of all falling legs, climb = of all rising ones, in full ranges of u. absence = mean over the ten tenths of the
scores of the longest stretch without any of them, as a share of the order, its beginning and end included; tenths that tied
scores leave empty are passed over. coverage = mean over twenty stretches of the order of the entropy over the tenths, as a share of
that of the whole: 1 where every stretch holds all scores, 0 where each holds one tenth alone.
"""

from dataclasses import dataclass

import numpy as np

from gradatim.meters.batches import Spread
from gradatim.meters.words import percent

SMOOTHED = 128
THRESHOLD = 0.05
ERRORS = 8
TENTHS = 10
STRETCHES = 20


@dataclass(frozen=True, slots=True)
class Cycles:
    legs: int
    review: float
    climb: float
    absence: float
    coverage: float

    @property
    def reading(self) -> str:
        away = f"A tenth of the scores stays away for {percent(self.absence)} of the order at the longest, on average."
        if not self.legs:
            return f"The mean score neither rises nor falls beyond chance. {away}"
        if self.legs == 1:
            way = f"rise through {self.climb:.2f}" if self.climb else f"fall through {self.review:.2f}"
            return f"One {way} of the score range, never back. {away}"
        return f"{self.legs} legs: {self.climb:.2f} score ranges up, {self.review:.2f} down. {away}"


def cycles(u: np.ndarray, seen: Spread) -> Cycles:
    """``seen``: the looks at ``u``."""
    width = max(1, len(seen.mean) // SMOOTHED)
    sums = np.concatenate([[0.0], np.cumsum(seen.mean)])
    level = (sums[width:] - sums[:-width]) / width
    error = np.sqrt((seen.variance / seen.sizes).mean() / width)
    legs = zigzag(level, max(THRESHOLD, ERRORS * float(error)))
    tenth = np.minimum((u * TENTHS).astype(np.uint8), TENTHS - 1)
    down, up = -sum(leg for leg in legs if leg < 0), sum(leg for leg in legs if leg > 0)
    return Cycles(len(legs), float(down), float(up), _absence(tenth), _coverage(tenth))


def zigzag(level: np.ndarray, threshold: float) -> list[float]:
    """Signed lengths of the legs: from extreme to extreme, each turn confirmed by coming back at least ``threshold``."""
    values = level.tolist()
    legs, way = [], 0
    low = high = values[0]
    for value in values:
        if way >= 0 and value > high:
            high = value
        elif way <= 0 and value < low:
            low = value
        if way == 0:
            way = 0 if high - low < threshold else 1 if value == high else -1
        elif way == 1 and high - value >= threshold:
            legs.append(high - low)
            low, way = value, -1
        elif way == -1 and value - low >= threshold:
            legs.append(low - high)
            high, way = value, 1
    return legs + [way * (high - low)] if way else legs


def _absence(tenth: np.ndarray) -> float:
    n, longest = len(tenth), []
    for k in range(TENTHS):
        places = np.flatnonzero(tenth == k)
        if len(places):
            longest.append(int(np.diff(places, prepend=-1, append=n).max()) - 1)
    return sum(longest) / len(longest) / n


def _coverage(tenth: np.ndarray) -> float:
    n = len(tenth)
    stretches = min(STRETCHES, n)
    cells = (np.arange(n) * stretches // n) * TENTHS + tenth
    table = np.bincount(cells, minlength=stretches * TENTHS).reshape(stretches, TENTHS)
    whole = float(_entropy(table.sum(axis=0)[None])[0])
    return float(_entropy(table).mean()) / whole if whole else 1.0


def _entropy(counts: np.ndarray) -> np.ndarray:
    """nats of each row"""
    share = counts / counts.sum(axis=1, keepdims=True)
    return -(share * np.log(np.where(share > 0, share, 1.0))).sum(axis=1)
