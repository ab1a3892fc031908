"""How far two score columns of the same samples agree: rank correlation, and the samples that they place furthest apart.

Everything is said in percentiles (:func:`gradatim.series.percentiles`), from 0 for the lowest score to 100. What a score's
number means in itself, its unit and its spread, plays no part.
"""

import numpy as np

from gradatim import ranking

#: A correlation of fewer samples says nothing.
FEWEST = 3
#: Sides of the grid of :func:`density`, the largest that leaves a few samples a cell of an even spread.
SIDES = (10, 20, 25, 50)
_PER_CELL = 4
#: What a higher score means -> (what it is about, the sign of it)
_MEANINGS = {"harder": ("hard", 1), "easier": ("hard", -1), "better": ("good", 1), "worse": ("good", -1)}


def percentiles_within(scores: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """float64 (n,): percentiles among the samples of the same code; ``codes`` (n,) are whole numbers below 65,536."""
    n = len(scores)
    if not n:
        return np.empty(0)
    order = ranking.stable_order(ranking.checked(scores, n))
    order = order[np.argsort(codes[order].astype(np.uint16), kind="stable")]  # a radix sort: it keeps the scores' order
    groups, ordered = codes[order], scores[order]
    first = np.flatnonzero(np.append(True, (groups[1:] != groups[:-1]) | (ordered[1:] != ordered[:-1])))
    ties, group = np.diff(np.append(first, n)), groups[first]
    sizes = np.bincount(codes)
    middle = first + ties / 2 - (np.cumsum(sizes) - sizes)[group]
    found = np.empty(n)
    found[order] = np.repeat(100 * middle / sizes[group], ties)
    return found


def correlation(one: np.ndarray, other: np.ndarray) -> float | None:
    """Spearman's rank correlation of two columns of percentiles, ties averaged.

    None where there are fewer than three samples, or where a column puts them in no order: all its scores are equal.
    """
    if len(one) < FEWEST:
        return None
    x, y = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(np.clip((x @ y) / scale, -1, 1)) if scale > 1e-6 else None


def by_group(one: np.ndarray, other: np.ndarray, codes: np.ndarray, count: int) -> list[dict]:
    """``samples`` and ``correlation`` (None as above) within each of ``count`` groups, of columns of scores."""
    x, y = (percentiles_within(scores, codes) - 50 for scores in (one, other))
    sizes = np.bincount(codes, minlength=count)
    # Percentiles within a group centre on 50, whatever the ties: no mean has to be taken away.
    products, xs, ys = (np.bincount(codes, weights=w, minlength=count) for w in (x * y, x * x, y * y))
    scale = np.sqrt(xs * ys)
    known = (sizes >= FEWEST) & (scale > 1e-6)
    values = np.clip(np.divide(products, scale, out=np.zeros(count), where=known), -1, 1)
    return [
        {"samples": int(n), "correlation": float(value) if is_known else None}
        for n, value, is_known in zip(sizes, values, known, strict=True)
    ]


def sense(one: str, other: str) -> int:
    """1 where higher means the same of both, -1 where it means the opposite, 0 where they are about different things.

    ``one`` and ``other`` are what a higher score means: harder, easier, better, worse or neutral.
    """
    (about, sign), (also, another) = (_MEANINGS.get(word, ("", 0)) for word in (one, other))
    return sign * another if about == also else 0


def distance(one: np.ndarray, other: np.ndarray, direction: int) -> np.ndarray:
    """float64 (n,), -100 to 100: how much higher a sample stands by ``one`` than by ``other``, in percentiles.

    Where the columns point in opposite directions (``direction`` -1), ``other`` is counted from its high end.
    """
    return one - (100 - other if direction < 0 else other)


def furthest(distances: np.ndarray, count: int) -> np.ndarray:
    """int64 positions of the ``count`` largest distances above 0, the largest first; equal ones by position."""
    count = min(count, len(distances))
    if not count:
        return np.empty(0, np.int64)
    bound = max(float(np.partition(distances, len(distances) - count)[len(distances) - count]), 0.0)
    found = np.flatnonzero((distances >= bound) & (distances > 0))
    return found[np.argsort(-distances[found], kind="stable")][:count]


def side_of(samples: int) -> int:
    """Cells along a side of the grid that ``samples`` fill well enough."""
    fitting = [side for side in SIDES if side * side * _PER_CELL <= samples]
    return fitting[-1] if fitting else SIDES[0]


def density(one: np.ndarray, other: np.ndarray, side: int) -> np.ndarray:
    """int64 (side, side): samples by percentile of ``other`` (rows) and ``one`` (columns), both from low to high."""
    column, row = (np.minimum((p * (side / 100)).astype(np.int64), side - 1) for p in (one, other))
    return np.bincount(row * side + column, minlength=side * side).reshape(side, side)


def inside(percentile: np.ndarray, low: float, high: float) -> np.ndarray:
    """bool (n,): the samples of a stretch ``low <= percentile < high``, as :func:`density` counts them; 100 is open."""
    return (percentile >= low) & ((percentile < high) | (high >= 100))
