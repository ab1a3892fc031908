"""Learning rates: the one place that says with which rate an update is made. Training, forms, forecasts and guard rails ask here.

Steps are counted within a phase, from 0; each phase of a curriculum has its own schedule, or goes on with the one before. A
shape is a function with a docstring for people; what it shares with the others (warm-up, tail) is in :func:`rate`.
"""

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gradatim import registry
from gradatim.specs import Schedule


def rate(schedule: Schedule, step: int, steps: int, *, rows: int, size: int) -> float:
    """The learning rate of update ``step`` (0-based) of a phase with ``steps`` updates; ``step == steps`` is its end.

    ``rows`` and ``size`` are the sequences and tokens of an update; only the power law asks for them. Warm-up rises linearly
    over ``round(warmup * steps)`` updates, the last of which has the rate that the shape begins with: the peak, of the power
    law its value there. What follows is the shape over the steps that remain; WSD and power end with a tail over the last
    ``round(decay * steps)`` updates, which begins after the warm-up at the earliest.
    """
    warmup = round(schedule.warmup * steps)
    shape = SHAPES[schedule.shape]
    if step < warmup:
        top = schedule.peak if shape.falls else shape.of(schedule, warmup * size, rows)
        return top * (step + 1) / warmup
    if shape.falls:
        z = (step - warmup) / max(1, steps - warmup)
        return schedule.floor + (schedule.peak - schedule.floor) * shape.of(z, schedule)
    start = max(warmup, steps - round(schedule.decay * steps)) if "decay" in shape.uses else steps
    if step < start or start == steps:
        return shape.of(schedule, step * size, rows)
    return TAILS[schedule.tail](
        (step - start) / (steps - start), shape.of(schedule, start * size, rows), schedule.floor
    )


@dataclass(frozen=True, slots=True)
class Course:
    """A schedule's way over one phase, or over several that go on with it: its ``steps`` updates from step ``first`` of the run."""

    schedule: Schedule
    first: int
    steps: int

    def rate(self, step: int, *, rows: int, size: int) -> float:
        """The rate of update ``step`` of the run."""
        return rate(self.schedule, step - self.first, self.steps, rows=rows, size=size)

    def highest(self, *, rows: int, size: int) -> float:
        """Where the warm-up ends: no shape rises later."""
        return rate(self.schedule, round(self.schedule.warmup * self.steps), self.steps, rows=rows, size=size)


def courses(schedules: Sequence[Schedule], steps: Sequence[int]) -> list[Course]:
    """One a phase, of phases with so many ``steps``; phases that go on share the course of the one that began it."""
    found: list[Course] = []
    first = 0
    for schedule, count in zip(schedules, steps, strict=True):
        if schedule.start == "continued" and found:
            whole = Course(found[-1].schedule, found[-1].first, found[-1].steps + count)
            found = [whole if course.first == whole.first else course for course in found] + [whole]
        else:
            found.append(Course(schedule, first, count))
        first += count
    return found


def steps_of(tokens: int, size: int) -> int:
    """Updates of ``size`` tokens in a phase's budget: whole ones, at least one."""
    return max(1, tokens // size)


def linear(z: float, schedule: Schedule) -> float:
    """Falls in a straight line from the peak to the floor. With a floor of 0 ("decay to zero") it was the best choice for runs of
    20 tokens a weight and more.

    Source: Bergsma et al. 2025, arXiv 2502.15938
    """
    return 1 - z


def cosine(z: float, schedule: Schedule) -> float:
    """Falls along half a cosine: slowly at first and at last, fast in between.

    Source: Loshchilov and Hutter 2017, arXiv 1608.03983
    """
    return (1 + math.cos(math.pi * z)) / 2


def rex(z: float, schedule: Schedule) -> float:
    """Stays up for long and falls ever faster: (1 - z) / (1 - z / 2), with z the share of the steps after the warm-up.

    Source: Chen et al. 2021, arXiv 2107.04197
    """
    return (1 - z) / (1 - z / 2)


def uba(z: float, schedule: Schedule) -> float:
    """A family of falling curves with one number: phi 2 is the cosine, less keeps the rate up for longer, more lets it drop earlier.

    Source: UBA, arXiv 2505.24452, after a re-implementation that quotes the paper
    """
    x = 1 + math.cos(math.pi * z)
    return 2 * x / (2 * schedule.phi + (2 - schedule.phi) * x)


def constant(schedule: Schedule, tokens: int, rows: int) -> float:
    """Stays at the peak to the end: what comes last counts as much as what came first.

    Source: definition
    """
    return schedule.peak


def wsd(schedule: Schedule, tokens: int, rows: int) -> float:
    """Warm-up, stable, decay: stays at the peak and falls only in the last part of the phase, along the chosen tail.

    Source: Hu et al. 2024, arXiv 2404.06395
    """
    return schedule.peak


def power(schedule: Schedule, tokens: int, rows: int) -> float:
    """A power of the tokens seen in the phase, whatever its length: rows a step times scale times tokens to the exponent, the peak
    at most and the floor at least. Then the tail. The published numbers are for models under muP.

    Source: Power scheduler, Shen et al. 2024, arXiv 2408.13359
    """
    value = rows * schedule.scale * tokens**schedule.exponent if tokens else math.inf
    return max(schedule.floor, min(schedule.peak, value))


@dataclass(frozen=True, slots=True)
class Shape:
    """``falls``: ``of(z, schedule)`` is the share of the way down to the floor that is left, z from 0 to 1 after the warm-up;
    otherwise ``of(schedule, tokens, rows)`` is the rate itself. ``uses``: the fields of a schedule that it looks at beyond
    peak and warm-up."""

    title: str
    of: Callable
    falls: bool
    uses: tuple[str, ...]

    @property
    def help(self) -> str:
        return registry.split_docstring(inspect.getdoc(self.of))[0]

    @property
    def source(self) -> str:
        return registry.split_docstring(inspect.getdoc(self.of))[1]


SHAPES = {
    "cosine": Shape("Cosine", cosine, True, ("floor",)),
    "linear": Shape("Linear", linear, True, ("floor",)),
    "constant": Shape("Constant", constant, False, ()),
    "wsd": Shape("Warm-up, stable, decay (WSD)", wsd, False, ("floor", "decay", "tail")),
    "rex": Shape("REX", rex, True, ("floor",)),
    "power": Shape("Power law", power, False, ("floor", "decay", "tail", "scale", "exponent")),
    "uba": Shape("UBA", uba, True, ("floor", "phi")),
}

#: Ends of WSD and power: from the rate ``top`` where they begin to the floor, r from 0 to 1.
TAILS: dict[str, Callable[[float, float, float], float]] = {
    "linear": lambda r, top, floor: top * (1 - r) + floor * r,
    "1-sqrt": lambda r, top, floor: top * (1 - math.sqrt(r)) + floor * math.sqrt(r),
    "exponential": lambda r, top, floor: top * (floor / top) ** r,
}
