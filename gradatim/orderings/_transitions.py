"""Sections of plain ascent joined by transition regions that mix neighbours: shared by stair and saw."""

import math
from collections.abc import Callable

import numpy as np

from gradatim.errors import UserError
from gradatim.types import Remark


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
    parts = []
    cursor = 0
    for start, end in regions(len(items), sections, ratio):
        parts += [items[cursor:start], mix(items[start:end])]
        cursor = end
    return np.concatenate([*parts, items[cursor:]]) if parts else items


def regions(n: int, sections: int, ratio: float) -> list[tuple[int, int]]:
    """(start, end) of each transition in the sorted order; without those that the region before swallows."""
    radius = round(n * ratio)
    if sections == 1 or radius == 0:
        return []
    found = []
    cursor = 0
    for split in split_points(n, sections):
        start, end = max(cursor, split - radius), min(n, split + radius)
        if start < end:
            found.append((start, end))
            cursor = end
    return found


def split_points(n: int, sections: int) -> list[int]:
    """round(n*k/sections), half to even, for k = 1..sections-1, each position once: a repeated split has no effect."""
    if sections >= 4 * max(n, 1):
        return list(range(n + 1))  # steps of at most a quarter meet every position
    return sorted({round(n * k / sections) for k in range(1, sections)})


def remarks(n: int, sections: int, ratio: float, layers: int) -> list[Remark]:
    """Why less than the settings say is left of the transitions, or of their layers."""
    if sections == 1:
        return [Remark("One section has no transitions: plain sorting.", "sections")]
    if ratio == 0:
        return [Remark("Without transitions the order is plain sorting.", "transition_ratio")]
    if n == 0:
        return []
    radius = round(n * ratio)
    if radius == 0:
        said = f"{ratio:g} of {n:,} samples is less than half a sample: no transition is left, plain sorting remains."
        return [Remark(said, "transition_ratio")]
    found = [_overlap(n, sections, radius)]
    longest = max(end - start for start, end in regions(n, sections, ratio))
    if layers == 1:
        found.append(Remark("One layer leaves a transition as it is: plain sorting.", "layers"))
    elif layers >= longest:
        said = f"The longest transition has {longest:,} samples, too few for {layers:,} layers: plain sorting remains."
        found.append(Remark(said, "layers"))
    return [remark for remark in found if remark]


def _overlap(n: int, sections: int, radius: int) -> Remark | None:
    """Which transitions lose a part to the one before them, or reach beyond the ends of the order."""
    splits = split_points(n, sections)
    radius = min(radius, n)
    cut = [k for k in range(1, len(splits)) if splits[k] - radius < splits[k - 1] + radius]
    keep = f"keep the reach at {_half(sections)} or below, half a section"
    if cut:
        which = (
            f"Transition {cut[0] + 1} starts" if len(cut) == 1 else f"Transitions {cut[0] + 1} to {cut[-1] + 1} start"
        )
        said = f"{which} only where the one before ends, because they overlap: {keep}."
        return Remark(said, "transition_ratio")
    if splits[0] < radius or splits[-1] + radius > n:
        return Remark(
            f"Transitions reach beyond the ends of the order and are cut short there: {keep}.", "transition_ratio"
        )
    return None


def _half(sections: int) -> str:
    """Half a section as a share of the whole, rounded down to three digits, so that what is advised is enough."""
    share = 0.5 / sections
    digits = 2 - math.floor(math.log10(share))
    return f"{math.floor(share * 10**digits) / 10**digits:g}"
