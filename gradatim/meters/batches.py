"""Batches of an order, as stops: batch b holds the samples ``stops[b - 1]`` to ``stops[b]`` of the order.

Looks are batches that are large enough to compare: one of few samples says little about its mean and less about its spread, so
neighbouring batches of fewer than :data:`LEAST` samples are looked at together.
"""

from dataclasses import dataclass

import numpy as np

from gradatim.errors import UserError

#: Samples in a look at least. Below it the spread within a look is too rough an estimate of its own noise.
LEAST = 32


def of_samples(n: int, size: int) -> np.ndarray:
    """Stops of batches of ``size`` samples; the last may be shorter."""
    if size < 1:
        raise UserError(f"A batch holds at least one sample, not {size:,}.", field="batch")
    return np.append(np.arange(size, n, size, dtype=np.int64), n) if n else np.zeros(0, np.int64)


def of_tokens(lengths: np.ndarray, size: int, most: int | None = None) -> np.ndarray:
    """Stops of batches that a packed stream of samples of ``lengths`` tokens is cut into, ``size`` tokens each.

    A sample belongs to the batch that holds its first token: so each sample counts once, and a batch may hold any number of
    them. A batch within one long sample holds none and is left out. As in training, tokens beyond the last whole batch, or beyond
    ``most`` batches, are not consumed: samples that begin there belong to no batch. Without a whole batch there are no stops.
    """
    ends = np.cumsum(lengths, dtype=np.int64)
    batches = int(ends[-1]) // size if len(ends) else 0
    if most is not None:
        batches = min(batches, most)
    begins = ends - lengths
    return np.unique(np.searchsorted(begins, size * np.arange(1, batches + 1, dtype=np.int64), "left"))


@dataclass(frozen=True, slots=True)
class Spread:
    """Per batch or look: ``sizes`` (samples), ``mean`` and ``variance`` of u within it (of the batch, not of an estimate)."""

    sizes: np.ndarray
    mean: np.ndarray
    variance: np.ndarray


def spread(u: np.ndarray, stops: np.ndarray) -> Spread:
    starts = np.concatenate([[0], stops[:-1]])
    sizes = stops - starts
    mean = np.add.reduceat(u, starts) / sizes
    away = u - np.repeat(mean, sizes)
    return Spread(sizes, mean, np.add.reduceat(away * away, starts) / sizes)


def looks(stops: np.ndarray, least: int = LEAST) -> np.ndarray:
    """Stops of looks: each takes batches until it holds ``least`` samples; too small a rest joins the look before it."""
    sizes = np.diff(stops, prepend=0)
    if not len(stops) or sizes.min() >= least:
        return stops
    after = np.searchsorted(stops, stops + least, "left").tolist()  # batch that ends a look begun after batch b
    found, at = [], int(np.searchsorted(stops, least, "left"))
    while at < len(stops):
        found.append(at)
        at = after[at]
    if not found:
        return stops[-1:]
    found[-1] = len(stops) - 1
    return stops[found]
