"""What a score set's page shows of it: a histogram, quantiles, the spread a domain."""

from pathlib import Path

import numpy as np

BINS = 64
QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)


def summarise(scores: Path, dataset: Path) -> dict:
    """Summary of a ``scores`` artifact folder over its ``dataset`` folder; plain JSON values."""
    from gradatim.corpora.store import Dataset

    data = Dataset(dataset)
    return summary_of(np.load(scores / "scores.npy", mmap_mode="r"), data.domain_codes(), data.domains)


def summary_of(values: np.ndarray, codes: np.ndarray, domains: list[str]) -> dict:
    """``values`` (n,) float32, ``codes`` (n,) indices into ``domains``.

    The 64 bins run over the central range (1 % to 99 % quantile, a little widened) so that one outlier does not flatten the
    picture; what lies outside is counted in the first and last bin, whose outer edges are the extremes.
    """
    values = np.asarray(values, np.float64)
    if not len(values):
        return {"rows": 0, "coverage": 0.0, "histogram": {"edges": [], "counts": []}, "quantiles": {}, "domains": {}}
    quantiles = np.quantile(values, QUANTILES)
    edges = _edges(values, quantiles)
    counts, _ = np.histogram(values, edges)
    return {
        "rows": len(values),
        "coverage": float(np.isfinite(values).mean()),
        "minimum": float(values.min()),
        "maximum": float(values.max()),
        "mean": float(values.mean()),
        "histogram": {"edges": edges.tolist(), "counts": counts.tolist()},
        "quantiles": {f"{q:g}": float(v) for q, v in zip(QUANTILES, quantiles, strict=True)},
        "domains": {name: _spread(values[codes == code]) for code, name in enumerate(domains)},
    }


def _edges(values: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    low, high = quantiles[1], quantiles[-2]
    if low == high:
        low, high = values.min(), values.max()
    if low == high:
        return np.linspace(low - 0.5, high + 0.5, BINS + 1)
    margin = 0.05 * (high - low)
    edges = np.linspace(max(values.min(), low - margin), min(values.max(), high + margin), BINS + 1)
    edges[0], edges[-1] = values.min(), values.max()
    return edges


def _spread(values: np.ndarray) -> dict:
    if not len(values):
        return {"count": 0}
    low, median, high = np.quantile(values, (0.05, 0.5, 0.95))
    return {
        "count": len(values),
        "mean": float(values.mean()),
        "median": float(median),
        "p5": float(low),
        "p95": float(high),
    }
