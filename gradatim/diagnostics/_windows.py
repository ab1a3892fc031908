"""The largest fall and the largest rise of a series within a window of neighbouring values."""

from collections import deque
from collections.abc import Sequence


def largest_fall(values: Sequence[float], window: int) -> float:
    """max(0, a_m - a_q) over all m < q that are at most ``window`` - 1 apart.

    One pass: the deque holds, in falling order, what may still be the highest value before some later one.
    """
    highest: deque[int] = deque()
    fall = 0.0
    for q, value in enumerate(values):
        while highest and highest[0] <= q - window:
            highest.popleft()
        if highest:
            fall = max(fall, values[highest[0]] - value)
        while highest and values[highest[-1]] <= value:
            highest.pop()
        highest.append(q)
    return fall


def largest_rise(values: Sequence[float], window: int) -> float:
    """max(0, a_q - a_m) over all m < q that are at most ``window`` - 1 apart."""
    return largest_fall([-value for value in values], window)
