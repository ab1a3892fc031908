"""Sections of plain ascent joined by transition regions that mix neighbours: shared by stair and saw."""

from collections.abc import Callable

import numpy as np

from gradatim.errors import UserError


def with_transitions(
    items: np.ndarray, sections: int, ratio: float, mix: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """The sequence with ``mix`` applied around each split between sections, ``ratio`` of the whole on either side.

    A region starts no earlier than the one before it ended, so that overlapping regions are cut short at the front. A single
    section, or a radius that rounds to 0 samples, leaves the sequence as it is.
    """
    if sections < 1:
        raise UserError(f"There is at least one section, not {sections}.", field="sections")
    if not ratio >= 0:
        raise UserError(f"The transition ratio is 0 or more, not {ratio}.", field="transition_ratio")
    n = len(items)
    radius = round(n * ratio)
    if sections == 1 or radius == 0:
        return items
    parts = []
    cursor = 0
    for split in split_points(n, sections):
        start = max(cursor, split - radius)
        end = min(n, split + radius)
        if start >= end:  # swallowed by the region before
            continue
        parts += [items[cursor:start], mix(items[start:end])]
        cursor = end
    return np.concatenate([*parts, items[cursor:]])


def split_points(n: int, sections: int) -> list[int]:
    """round(n*k/sections), half to even, for k = 1..sections-1, each position once: a repeated split has no effect."""
    if sections >= 4 * max(n, 1):
        return list(range(n + 1))  # steps of at most a quarter meet every position
    return sorted({round(n * k / sections) for k in range(1, sections)})
