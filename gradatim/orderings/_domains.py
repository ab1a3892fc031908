"""Samples of several domains interleaved: shared by the orderings that look at domains."""

import numpy as np

from gradatim import ranking
from gradatim.errors import UserError
from gradatim.types import OrderContext, Remark

#: Codes below this are counted as they are.
SMALL = 1 << 16


def codes(context: OrderContext) -> np.ndarray:
    """The domain of each sample as a number from 0; one domain where the caller has none."""
    if context.domains is None:
        return np.zeros(context.n, np.int64)
    given = np.asarray(context.domains)
    if given.shape != (context.n,) or given.dtype.kind not in "iu":
        raise UserError("There is one domain, a whole number, for each sample.", field="domains")
    if len(given) and given.min() >= 0 and given.max() < SMALL:
        return given.astype(np.int64)
    return np.unique(given, return_inverse=True)[1].reshape(-1)


def in_proportion(items: np.ndarray, domain: np.ndarray) -> np.ndarray:
    """``items`` interleaved by their ``domain``, each domain in the order in which it comes.

    The j-th of m samples of a domain is due at (j + 1/2) / m of the way, so that every stretch has the proportions of the whole:
    no domain is ever ahead or behind by more than half as many samples as there are domains, and one.
    """
    grouped, before, total = _turns(domain)
    due = ((before + 0.5) / total * 2**32).astype(np.uint32)
    return items[grouped[ranking.stable_order(due)]]


def in_turn(items: np.ndarray, domain: np.ndarray) -> np.ndarray:
    """``items``, one of each domain at a time, until the domains are used up."""
    grouped, before, _ = _turns(domain)
    return items[grouped[ranking.stable_order(before.astype(np.uint32))]]


def _turns(domain: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The samples domain by domain, and for each of those how many of its domain come before, and how many there are in all."""
    counts = np.bincount(domain)
    grouped = ranking.stable_order(domain.astype(np.uint32))
    before = np.arange(len(domain)) - np.repeat(np.cumsum(counts) - counts, counts)
    return grouped, before, np.repeat(counts, counts)


def remarks(context: OrderContext, what: str) -> list[Remark]:
    """``what`` remains where there is nothing to interleave."""
    if context.n and np.ptp(codes(context)) == 0:
        return [
            Remark(f"These samples are of one domain, so there is nothing to interleave: {what} remains.", "domains")
        ]
    return []
