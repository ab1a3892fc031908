"""From a plan to batches: rows of token ids, and beside every token the sample that it came from.

Within a phase the plan's samples are one stream of tokens in plan order, cut into rows of ``context`` tokens; a step takes
``batch_size`` rows. What is left at a phase's end, less than one batch, is dropped. Nothing is shuffled here: the plan is
the order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradatim.errors import UserError

if TYPE_CHECKING:
    from gradatim.corpora.tokens import Tokens
    from gradatim.plans import Plan


@dataclass(frozen=True, slots=True)
class Stretch:
    """The updates of one phase: steps ``first`` to ``first + steps`` of the run, 0-based."""

    index: int
    name: str
    first: int
    steps: int
    short: bool  #: the plan ran out of samples before the budget was reached

    @property
    def stop(self) -> int:
        return self.first + self.steps


@dataclass(frozen=True, slots=True)
class Batch:
    """``input_ids`` int64 (batch_size, context); ``samples`` int64, same shape: each token's index into the plan."""

    input_ids: np.ndarray
    samples: np.ndarray


def stretches(plan: Plan, *, batch_size: int, context: int) -> list[Stretch]:
    """How many updates each phase has: its token budget in whole batches, at least one, as far as its samples last."""
    size, found, first = batch_size * context, [], 0
    for index, phase in enumerate(plan.phases):
        planned = int(plan.tokens[phase["start"] : phase["stop"]].sum(dtype=np.int64))
        wanted = max(1, phase["budget_tokens"] // size)
        steps = min(wanted, planned // size)
        if not steps:
            raise UserError(
                f"The phase {phase['name']} plans {planned:,} tokens, fewer than one batch of {batch_size} rows "
                f"of {context}: choose smaller batches or a larger budget.",
                field="recipe.batch_size",
            )
        found.append(Stretch(index, phase["name"], first, steps, steps < wanted))
        first += steps
    return found


class Batches:
    """Batches by step number: a step's batch depends on nothing but the plan, so a resume needs only the number."""

    def __init__(self, plan: Plan, tokens: dict[str, Tokens], *, batch_size: int, context: int):
        """``tokens``: dataset digest -> its tokens under the plan's tokenizer, for every stream of the plan."""
        self.plan = plan
        self.batch_size = batch_size
        self.context = context
        self.phases = stretches(plan, batch_size=batch_size, context=context)
        self.steps = self.phases[-1].stop
        datasets = [stream["dataset"] for stream in plan.streams]
        stores = sorted(set(datasets))
        self._stores = [tokens[digest] for digest in stores]
        #: uint32 (streams,): which of the stores a stream reads.
        self._store_of = np.array([stores.index(digest) for digest in datasets])
        self._ends: dict[int, np.ndarray] = {}

    def phase_of(self, step: int) -> Stretch:
        return next(phase for phase in self.phases if step < phase.stop)

    def batch(self, step: int) -> Batch:
        """The batch of update ``step`` (0-based over the whole run)."""
        phase = self.phase_of(step)
        begin, ends = self.plan.phases[phase.index]["start"], self._phase_ends(phase.index)
        size = self.batch_size * self.context
        start = (step - phase.first) * size
        low = int(np.searchsorted(ends, start, "right"))
        high = int(np.searchsorted(ends, start + size, "left")) + 1
        # Where each touched sample lies, in tokens from the batch's first: the outer two are cut at its borders.
        stops = np.minimum(ends[low:high] - start, size)
        starts = np.concatenate([[0], stops[:-1]])
        samples = np.repeat(np.arange(begin + low, begin + high), stops - starts)
        skipped = start - (int(ends[low - 1]) if low else 0)
        source = self._offsets(begin + low, begin + high) - starts
        source[0] += skipped
        positions = np.arange(size) + np.repeat(source, stops - starts)
        ids = self._gather(self._store_of[self.plan.stream[samples]], positions)
        shape = (self.batch_size, self.context)
        return Batch(ids.reshape(shape), samples.reshape(shape))

    def _phase_ends(self, index: int) -> np.ndarray:
        """int64: for each sample of a phase, the phase's tokens up to its end; kept for the phase at hand only."""
        if index not in self._ends:
            phase = self.plan.phases[index]
            self._ends = {index: np.cumsum(self.plan.tokens[phase["start"] : phase["stop"]], dtype=np.int64)}
        return self._ends[index]

    def _offsets(self, low: int, high: int) -> np.ndarray:
        """int64: where the plan's samples ``low`` to ``high`` begin in their stores."""
        stores, rows = self._store_of[self.plan.stream[low:high]], self.plan.position[low:high]
        offsets = np.empty(high - low, dtype=np.int64)
        for k in np.unique(stores):
            offsets[stores == k] = self._stores[k].offsets[rows[stores == k]]
        return offsets

    def _gather(self, stores: np.ndarray, positions: np.ndarray) -> np.ndarray:
        ids = np.empty(len(positions), dtype=np.int64)
        for k in np.unique(stores):
            where = stores == k
            ids[where] = self._stores[k].data[positions[where]]
        return ids
