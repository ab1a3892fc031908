"""Local diversity: how unlike each other the samples of one batch are.

spread = mean standard deviation of u within a batch, as a share of what as many random samples have: 1 as diverse as random, 0
all alike. For batches of n samples that is sqrt((1 - 1/n) * variance of u) (1/12 without ties), less the bias of a root of few
samples, about 0.1/n + 0.5/n^2. Batches of one sample say nothing and are left out; None where there are no others.

neighbours = 3 * mean |u' - u| of samples that follow each other: 1 in a random order without ties. domains, where samples have
them: mean entropy over the K domains within a batch of several samples / ln K; below 1 even in a random order where domains differ in size.
"""

from dataclasses import dataclass

import numpy as np

from gradatim.meters.batches import Spread
from gradatim.meters.words import percent


@dataclass(frozen=True, slots=True)
class Diversity:
    spread: float | None
    neighbours: float
    domains: float | None = None

    @property
    def reading(self) -> str:
        if self.spread is None:
            return "Batches hold one sample each: there is nothing to compare within them."
        if self.spread >= 0.9:
            return "Within a batch scores differ as they do in a random order."
        return f"Within a batch scores differ {percent(self.spread)} as much as in a random order."


def diversity(u: np.ndarray, seen: Spread, stops: np.ndarray, domains: np.ndarray | None) -> Diversity:
    """``seen``: the batches of ``u`` that end at ``stops``; ``domains`` (n,) codes."""
    neighbours = 3 * float(np.abs(np.diff(u)).mean()) if len(u) > 1 else 0.0
    mixed = None if domains is None else _domain_entropy(domains, stops)
    return Diversity(_spread(u, seen), neighbours, mixed)


def _spread(u: np.ndarray, seen: Spread) -> float | None:
    several = seen.sizes > 1
    variance = float(u.var())
    if not several.any():
        return None
    if variance < 1e-12:
        return 1.0  # all scores are one: no order could do otherwise
    n = seen.sizes[several]
    expected = np.sqrt((1 - 1 / n) * variance) * (1 - 0.1 / n - 0.5 / n**2)
    return float((np.sqrt(seen.variance[several]) / expected).mean())


def _domain_entropy(domains: np.ndarray, stops: np.ndarray) -> float | None:
    """None where there is but one domain, or no batch of several samples."""
    names, codes = np.unique(domains, return_inverse=True)
    sizes = np.diff(stops, prepend=0)
    several = int(np.count_nonzero(sizes > 1))
    if len(names) < 2 or not several:
        return None
    cells = np.repeat(np.arange(len(stops)), sizes) * len(names) + codes
    if len(stops) * len(names) <= 4 * len(cells):
        counts = np.bincount(cells, minlength=len(stops) * len(names))
        counts, batch = counts[counts > 0], np.flatnonzero(counts) // len(names)
    else:  # many domains and small batches: most cells are empty
        held, counts = np.unique(cells, return_counts=True)
        batch = held // len(names)
    share = counts / sizes[batch]  # a batch of one sample has an entropy of 0
    return float((share * -np.log(share)).sum() / several / np.log(len(names)))
