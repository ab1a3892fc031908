"""What every order must be, and the jitter that may follow any ordering."""

import numpy as np

from gradatim.errors import UserError
from gradatim.seeds import Seed


def check(order: np.ndarray, n: int) -> np.ndarray:
    """The order itself when it holds every position of 0..n-1 exactly once; ``ValueError`` otherwise."""
    if order.shape != (n,) or order.dtype != np.uint32:
        raise ValueError(f"an order of {n} samples is uint32 of shape ({n},), not {order.dtype} of {order.shape}")
    if n and int(order.max()) >= n:
        raise ValueError(f"the order holds the position {int(order.max())}, and there are {n} samples")
    seen = np.zeros(n, bool)
    seen[order] = True
    if not seen.all():
        raise ValueError(f"the order leaves out {n - int(np.count_nonzero(seen))} of {n} samples")
    return order


def jitter(order: np.ndarray, window: int, rng: Seed) -> np.ndarray:
    """The order shuffled inside consecutive disjoint windows of ``window`` samples; the last may be shorter.

    One generator serves all windows, as in the published code, so equal seeds give equal results. A window of 0 or 1
    changes nothing; the argument is never modified.
    """
    if window <= 1 or len(order) <= 1:
        return order
    window = min(window, len(order))
    generator = rng.numpy()
    whole = len(order) - len(order) % window
    body = generator.permuted(order[:whole].reshape(-1, window), axis=1).ravel()
    tail = order[whole:].copy()
    generator.shuffle(tail)
    return np.concatenate([body, tail])


def gumbel(order: np.ndarray, temperature: float, rng: Seed) -> np.ndarray:
    """The order by rank + ``temperature`` * n * Gumbel(0, 1) noise; ``temperature`` is a share of the n samples."""
    if temperature < 0:
        raise UserError("A Gumbel temperature is 0 or more.", field="gumbel_temperature")
    if temperature == 0 or len(order) <= 1:
        return order
    n = len(order)
    noisy = np.arange(n) + temperature * n * rng.numpy().gumbel(size=n)
    return order[np.argsort(noisy, kind="stable")]
