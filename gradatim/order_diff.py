"""What a change of curriculum does to the samples of a stream: which it keeps, and where in the order they now come.

Two first passes under one seed are compared exactly. Positions in the order are counted among the samples that both passes
hold, so that samples which only one of them keeps do not count as moves of all that come after them.
"""

from dataclasses import dataclass

import numpy as np

#: A sample has moved when its place among the common samples changed by more than this share of them: one step of a thousand.
#: Closer places change nothing that a trainer would notice, and an order that closes one gap would count as moved whole.
STILL = 0.001


@dataclass(frozen=True, slots=True)
class OrderDiff:
    """Kept samples in ``both`` versions and in one alone; of the ``compared`` ones, which both first passes hold: the rank
    correlation (Spearman; None for fewer than two), the share that ``moved`` (see ``STILL``), and by which share of the
    order the samples stand elsewhere: in the ``mean``, and all but one in twenty by no more than ``most``."""

    both: int
    only_before: int
    only_after: int
    compared: int
    correlation: float | None
    moved: float | None
    mean: float | None
    most: float | None

    @property
    def overlap(self) -> float:
        """Jaccard: the share of all samples kept by either that both keep."""
        return self.both / max(1, self.both + self.only_before + self.only_after)

    @property
    def same(self) -> bool:
        return not (self.only_before or self.only_after) and (self.mean in (None, 0.0))


@dataclass(frozen=True, slots=True)
class DomainTokens:
    """Tokens of one domain in one pass, before and after."""

    name: str
    before: int
    after: int


def compare(
    before: tuple[np.ndarray, np.ndarray], after: tuple[np.ndarray, np.ndarray], partner: np.ndarray | None = None
) -> OrderDiff:
    """Each side as (kept positions, positions in the order of the first pass), whole and not a random part of them.

    Positions are rows of one dataset, unless ``partner`` (int64) gives for each row of the later one the row of the earlier
    one that is the same sample; -1: there is none. A position that an order repeats stands where it comes first.
    """
    rows = 1 + max((int(part.max()) for part in (*before, *after) if len(part)), default=0)
    kept, order = after
    if partner is not None:
        rows = 1 + max((int(part.max()) for part in (*before, partner) if len(part)), default=0)
        kept, order = (found[found >= 0] for found in (partner[kept], partner[order]))
    both = int(np.count_nonzero(_marked(before[0], rows)[kept]))
    alone = len(after[0]) - both
    first = _once(before[1], rows), _once(order, rows)
    shared = _marked(first[0], rows) & _marked(first[1], rows)
    old, new = (part[shared[part]] for part in first)
    place = np.empty(rows, np.int32)
    place[new] = np.arange(len(new), dtype=np.int32)
    shift = np.abs(place[old] - np.arange(len(old), dtype=np.int32))
    return OrderDiff(both, len(before[0]) - both, alone, len(old), *_told(shift))


def tokens_by_domain(*sides) -> list[DomainTokens]:
    """Domains of both sides by name, each side as (:class:`gradatim.streams.Columns`, positions in the order of a pass)."""
    counted = []
    for data, kept in sides:
        sums = np.bincount(data.domain_codes[kept], data.lengths[kept], len(data.domains))
        counted.append({name: int(total) for name, total in zip(data.domains, sums, strict=True) if total})
    names = sorted(set().union(*counted))
    return [DomainTokens(name, *(side.get(name, 0) for side in counted)) for name in names]


def _told(shift: np.ndarray) -> tuple[float | None, ...]:
    """Correlation, moved share, mean and 95 % quantile of the shifts, as shares of the order."""
    n = len(shift)
    if not n:
        return None, None, None, None
    squares = float(np.square(shift, dtype=np.float64).sum())
    correlation = 1 - 6 * squares / (n * (n**2 - 1)) if n > 1 else None  # no ties: both are places 0..n-1
    last = (95 * n - 1) // 100
    most = np.partition(shift, last)[last]
    return correlation, float(np.mean(shift > STILL * n)), float(shift.mean()) / n, float(most) / n


def _marked(positions: np.ndarray, rows: int) -> np.ndarray:
    marks = np.zeros(rows, bool)
    marks[positions] = True
    return marks


def _once(order: np.ndarray, rows: int) -> np.ndarray:
    """The order without what repeats: each position where it comes first."""
    if np.count_nonzero(_marked(order, rows)) == len(order):
        return order
    first = np.zeros(rows, np.int64)
    first[order[::-1]] = np.arange(len(order) - 1, -1, -1)  # of equal indices the last assignment stands
    return order[np.sort(first[np.flatnonzero(_marked(order, rows))])]
