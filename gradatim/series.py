"""Long series made short enough to draw, without hiding their extremes, and smoothing on the true spacing of x."""

import numpy as np


def thin(x: np.ndarray, y: np.ndarray, points: int = 1000) -> np.ndarray:
    """Indices (ascending) of at most ``points`` points: first, last, and every bucket's minimum and maximum.

    Buckets are of equal width in ``x``, which must not descend. A series that is short enough is kept whole; NaN is
    never chosen over a number.
    """
    n = len(x)
    if n <= points:
        return np.arange(n)
    buckets = max(1, (points - 2) // 2)
    width = float(x[-1] - x[0])
    code = np.zeros(n, np.int64)
    if width > 0:
        code = np.minimum(((x - x[0]) / width * buckets).astype(np.int64), buckets - 1)
    starts = np.flatnonzero(np.diff(code, prepend=-1))
    groups = np.cumsum(np.diff(code, prepend=code[0]) != 0)
    low = np.where(np.isnan(y), np.inf, y)
    high = np.where(np.isnan(y), -np.inf, y)
    chosen = [np.array([0, n - 1])]
    for values, best in ((low, np.minimum), (-high, np.minimum)):
        found = np.flatnonzero(values == best.reduceat(values, starts)[groups])
        chosen.append(found[np.unique(groups[found], return_index=True)[1]])
    return np.unique(np.concatenate(chosen))


def bands(values: np.ndarray, points: int = 500) -> dict[str, np.ndarray]:
    """``values`` (n,) along their own index in at most ``points`` equal stretches: ``start``, ``stop`` (indices),
    ``low``, ``high`` and ``mean`` of each, all of equal length."""
    n = len(values)
    cuts = np.unique(np.linspace(0, n, min(points, n) + 1).astype(np.int64))
    if n == 0:
        empty = np.zeros(0)
        return {"start": cuts[:0], "stop": cuts[:0], "low": empty, "high": empty, "mean": empty}
    start, stop = cuts[:-1], cuts[1:]
    return {
        "start": start,
        "stop": stop,
        "low": np.minimum.reduceat(values, start),
        "high": np.maximum.reduceat(values, start),
        "mean": np.add.reduceat(values, start, dtype=np.float64) / (stop - start),
    }


def percentiles(scores: np.ndarray) -> np.ndarray:
    """Each score's rank among all, in percent: the middle of its rank's interval, ties at their common middle."""
    from gradatim import ranking

    n = len(scores)
    order = ranking.stable_order(ranking.checked(scores, n))
    ascending = scores[order]
    first = np.flatnonzero(np.concatenate([[True], ascending[1:] != ascending[:-1]])) if n else np.zeros(0, np.int64)
    sizes = np.diff(np.append(first, n))
    result = np.empty(n)
    result[order] = np.repeat((first + sizes / 2) * 100.0 / max(n, 1), sizes)
    return result


def smooth(x: np.ndarray, y: np.ndarray, scale: float) -> np.ndarray:
    """Exponential moving average with time constant ``scale`` in units of ``x``; a constant series stays constant.

    A value that is not finite is passed over: the average goes on from before it.
    """
    keep = 1 - np.exp(-np.diff(x, prepend=x[:1]) / scale) if scale > 0 else np.ones(len(x))
    result, level = np.empty(len(y)), None
    for i, (value, weight) in enumerate(zip(y.tolist(), keep.tolist(), strict=True)):
        if value - value == 0:
            level = value if level is None else level + weight * (value - level)
        result[i] = np.nan if level is None else level
    return result
