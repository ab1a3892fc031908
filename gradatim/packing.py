"""Which samples a training step takes: the arithmetic between a plan and its batches, without a token and without torch.

Within a phase the plan's samples are one stream of tokens in plan order; a step takes the next ``size`` of them, so the samples
at its two ends may be cut. What is left at a phase's end, less than one step, is dropped. The trainer's loader and the pages
that show a step both ask here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradatim.errors import UserError
from gradatim.schedules import steps_of

if TYPE_CHECKING:
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
class Pieces:
    """What one step takes, in the order in which it is consumed; int64 (pieces,) each.

    ``samples``: indices into the plan; ``skipped``: the sample's tokens that earlier steps took; ``tokens``: those of this one.
    """

    samples: np.ndarray
    skipped: np.ndarray
    tokens: np.ndarray


def stretches(plan: Plan, *, batch_size: int, context: int) -> list[Stretch]:
    """How many updates each phase has: its token budget in whole batches, at least one, as far as its samples last."""
    size, found, first = batch_size * context, [], 0
    for index, phase in enumerate(plan.phases):
        planned = int(plan.tokens[phase["start"] : phase["stop"]].sum(dtype=np.int64))
        wanted = steps_of(phase["budget_tokens"], size)
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


class Packing:
    """Pieces by step number: a step depends on nothing but the plan, so a resume needs only the number."""

    def __init__(self, plan: Plan, *, batch_size: int, context: int):
        self.plan = plan
        self.batch_size = batch_size
        self.context = context
        self.phases = stretches(plan, batch_size=batch_size, context=context)
        self.steps = self.phases[-1].stop
        self._ends: dict[int, np.ndarray] = {}

    def phase_of(self, step: int) -> Stretch:
        return next(phase for phase in self.phases if step < phase.stop)

    def pieces(self, step: int) -> Pieces:
        """What update ``step`` (0-based over the whole run) takes."""
        phase = self.phase_of(step)
        begin, ends = self.plan.phases[phase.index]["start"], self._phase_ends(phase.index)
        size = self.batch_size * self.context
        start = (step - phase.first) * size
        low = int(np.searchsorted(ends, start, "right"))
        high = int(np.searchsorted(ends, start + size, "left")) + 1
        # Where each touched sample lies, in tokens from the step's first: the outer two are cut at its borders.
        stops = np.minimum(ends[low:high] - start, size)
        starts = np.concatenate([[0], stops[:-1]])
        skipped = np.zeros(high - low, np.int64)
        skipped[0] = start - (int(ends[low - 1]) if low else 0)
        return Pieces(np.arange(begin + low, begin + high), skipped, stops - starts)

    def _phase_ends(self, index: int) -> np.ndarray:
        """int64: for each sample of a phase, the phase's tokens up to its end; kept for the phase at hand only."""
        if index not in self._ends:
            phase = self.plan.phases[index]
            self._ends = {index: np.cumsum(self.plan.tokens[phase["start"] : phase["stop"]], dtype=np.int64)}
        return self._ends[index]
