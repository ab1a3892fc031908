"""What every order must be, and the jitter that may follow any ordering."""

from collections.abc import Callable

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


def check_pass(order: np.ndarray, n: int) -> np.ndarray:
    """The pass itself when it holds positions of 0..n-1 alone, any number of times, and at least one where n > 0."""
    if order.ndim != 1 or order.dtype != np.uint32:
        raise ValueError(f"a pass is one-dimensional and uint32, not {order.dtype} of {order.shape}")
    if n and not len(order):
        raise ValueError(f"the pass is empty, and there are {n} samples")
    if len(order) and int(order.max()) >= n:
        raise ValueError(f"the pass holds the position {int(order.max())}, and there are {n} samples")
    return order


#: What an ordering module says of its ``output`` -> the check of one pass.
CHECKS: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {"permutation": check, "repeats": check_pass}


def jitter(order: np.ndarray, window: int, rng: Seed, kind: str = "disjoint") -> np.ndarray:
    """The order with its samples moved by about ``window`` places: the ``kind`` says how.

    * ``disjoint``: shuffled inside consecutive windows (the last may be shorter). A slope becomes a staircase of windows.
    * ``overlapping``: sorted by place + a uniform number in -window/2..window/2, so that every sample has a window of its
      own around it. No staircase, and no sample moves by ``window`` places or more.
    * ``gumbel``: sorted by place + ``window`` * Gumbel noise (:func:`gumbel`): a few samples move far.

    One generator serves a whole order, so equal seeds give equal results. A window of 0 or 1 changes nothing; the argument
    is never modified.
    """
    if window <= 1 or len(order) <= 1:
        return order
    if kind == "gumbel":
        return gumbel(order, window / len(order), rng)
    if kind == "overlapping":
        places = np.arange(len(order)) + rng.numpy().uniform(-window / 2, window / 2, len(order))
        return order[np.argsort(places, kind="stable")]
    if kind != "disjoint":
        raise UserError(f"There is no jitter {kind!r}; there are disjoint, overlapping and gumbel.", field="jitter")
    return _shuffled_windows(order, window, rng)


def _shuffled_windows(order: np.ndarray, window: int, rng: Seed) -> np.ndarray:
    """As in the published code: one generator over all windows, the short one last."""
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
