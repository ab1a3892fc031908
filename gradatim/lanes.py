"""One stream on its way through its passes, for :mod:`gradatim.interleave`: where it is, and what it served."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

#: Token lengths that the loop over several streams turns into Python numbers at a time.
CHUNK = 1 << 14


@dataclass(frozen=True, slots=True)
class Source:
    """A stream as the interleaver needs it. ``epoch(e)`` gives the samples of pass ``e`` (0, 1, ...) in order, as
    (dataset positions uint32, token lengths, each at least 1), and None where there is no such pass. It is called
    when the pass begins, and again for the current pass after :meth:`Interleaver.load_state`: it must repeat itself.
    """

    name: str
    epoch: Callable[[int], tuple[np.ndarray, np.ndarray] | None]
    #: Nothing is served any more where this one has no further pass when its turn comes.
    stops: bool = False


class Lane:
    """One stream's place: ``served`` samples in all, ``base`` of them before the current pass ``epoch`` began."""

    def __init__(self, source: Source):
        self.source = source
        self.open = True
        self.epoch = -1
        self.base = self.served = self.marked = 0
        self.positions = self.lengths = np.zeros(0, np.uint32)
        self._cumulated: np.ndarray | None = None
        self._ahead = None  # iterates over the lengths up to ``_chunk_end`` of the pass; None: to be made anew
        self._chunk_end = 0
        self._begun: list[tuple[int, int, np.ndarray, np.ndarray]] = []

    def load(self, is_open: bool, epoch: int, base: int, served: int) -> None:
        self.open, self.epoch, self.base, self.served = is_open, epoch, base, served
        self._ahead = None
        if epoch >= 0:
            self._begin(self.source.epoch(epoch))

    def mark(self) -> None:
        """What is served from here on is what :meth:`since_mark` will return."""
        self.marked = self.served
        self._begun = self._begun[-1:]

    def since_mark(self) -> list[tuple[int, np.ndarray, np.ndarray]]:
        """(epoch, positions, lengths) of the samples served since the mark, pass by pass."""
        parts = []
        for epoch, base, positions, lengths in self._begun:
            start, stop = max(self.marked - base, 0), min(self.served - base, len(positions))
            if stop > start:
                parts.append((epoch, positions[start:stop], lengths[start:stop]))
        return parts

    def passes(self) -> float:
        """Passes that were served, the current one as the share of its tokens."""
        if self.epoch < 0:
            return 0.0
        served = self.lengths[: self.served - self.base].sum(dtype=np.int64)
        return self.epoch + float(served / self.lengths.sum(dtype=np.int64))

    def ready(self) -> bool:
        """Whether there is a next sample; begins the next pass where the current one is through."""
        if self.served - self.base < len(self.positions):
            return True
        batch = self.source.epoch(self.epoch + 1)
        if batch is None:
            return False
        self.base += len(self.positions)
        self.epoch += 1
        self._begin(batch)
        return True

    def advance(self, tokens: int, samples: int) -> tuple[int, int]:
        """Serve until ``tokens`` are reached, ``samples`` are served or the pass ends: (samples, tokens) served."""
        if self._cumulated is None:
            self._cumulated = np.cumsum(self.lengths, dtype=np.int64)
        start = self.served - self.base
        before = int(self._cumulated[start - 1]) if start else 0
        stop = int(np.searchsorted(self._cumulated, before + tokens)) + 1
        stop = min(stop, len(self.positions), start + samples)
        self.served += stop - start
        self._ahead = None
        return stop - start, int(self._cumulated[stop - 1]) - before

    def following(self) -> Callable[[], int]:
        """A function that gives the next sample's length, and StopIteration where a chunk or pass ends."""
        if self._ahead is None or self.served - self.base == self._chunk_end:
            start = self.served - self.base
            self._chunk_end = min(start + CHUNK, len(self.lengths))
            self._ahead = iter(self.lengths[start : self._chunk_end].tolist())
        return self._ahead.__next__

    def sync(self) -> None:
        """Count what was drawn from :meth:`following` as served."""
        self.served = self.base + self._chunk_end - self._ahead.__length_hint__()

    def _begin(self, batch: tuple[np.ndarray, np.ndarray]) -> None:
        self.positions, self.lengths = batch
        if not len(self.positions) or len(self.positions) != len(self.lengths) or self.lengths.min() < 1:
            raise ValueError(f"pass {self.epoch} of {self.source.name} has no samples or samples without tokens")
        self._cumulated = self._ahead = None
        self._begun.append((self.epoch, self.base, self.positions, self.lengths))
