"""The learning rate that a recipe will set, over the mixture that its curriculum plans: a small picture before training."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.runs import recipe_fields
from gradatim import schedules, specs

WIDTH, HEIGHT = 320, 92
#: Space above the highest rate and below zero, in units of the picture.
TOP, BOTTOM = 6, 2
#: Updates that are drawn at most, besides those where a phase or a warm-up begins or ends.
POINTS = 320


@dataclass(frozen=True, slots=True)
class Rates:
    """``points``: of a line in a box of ``width`` by ``height``; ``borders``: where phases begin; ``most``: the highest rate; ``said``: each phase in words."""

    points: str
    borders: list[str]
    most: str
    said: list[str]
    width: int = WIDTH
    height: int = HEIGHT


def drawn(recipe: specs.Recipe, phases: Sequence[dict], *, by_tokens: bool = False) -> Rates:
    """``phases`` as a curriculum's draft has them, one a schedule of the recipe. Their widths are their updates, or, ``by_tokens``,
    their budgets, which are no whole number of updates."""
    unit = {"rows": recipe.batch_size, "size": recipe.batch_size * recipe.context}
    steps = [schedules.steps_of(phase["tokens"], unit["size"]) for phase in phases]
    courses = schedules.courses(recipe.schedules, steps)
    firsts = [sum(steps[:i]) for i in range(len(steps) + 1)]
    widths = [phase["tokens"] for phase in phases] if by_tokens else steps
    edges = [sum(widths[:i]) for i in range(len(widths) + 1)]
    total, points = firsts[-1], []
    for course, first, stop, left, width in zip(courses, firsts, firsts[1:], edges, widths, strict=False):
        warm = min(stop, max(first, course.first + round(course.schedule.warmup * course.steps)))
        every = max(1, total // POINTS)
        for step in sorted({*range(first, stop, every), warm, warm - 1, stop - 1, stop} & set(range(first, stop + 1))):
            place = left + width * (step - first) / (stop - first)
            points.append((place / edges[-1], course.rate(step, **unit)))
    highest = max(rate for _, rate in points)
    scaled = " ".join(f"{x * WIDTH:.1f},{_y(rate / highest):.1f}" for x, rate in points)
    borders = [f"{edge / edges[-1] * WIDTH:.1f}" for edge in edges[1:-1]]
    said = [
        _said(phase["name"], entry, course.highest(**unit), course.rate(stop, **unit))
        for phase, entry, course, stop in zip(phases, recipe.schedules, courses, firsts[1:], strict=True)
    ]
    return Rates(scaled, borders, f"{highest:.3g}", said)


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _said(name: str, entry: specs.Schedule, highest: float, end: float) -> str:
    how = f"up to {highest:.3g}, ends at {end:.3g}"
    if entry.start == "continued":
        how = f"goes on with the phase before, ends at {end:.3g}"
    return f"{name}: {how}{', optimizer fresh' if entry.optimizer == 'fresh' else ''}."


def in_words(schedule: dict) -> str:
    """A schedule as documents have it, in a line: shape and peak, and what else its shape looks at."""
    if schedule.get("start") == "continued":
        words = ["goes on with the phase before"]
    else:
        shape = schedules.SHAPES[schedule.get("shape", "cosine")]
        words = [f"{shape.title.removesuffix(' (WSD)')}, peak {schedule.get('peak', 1e-3):g}"]
        words += [f"floor {schedule['floor']:g}"] if "floor" in shape.uses and schedule.get("floor") else []
        if "tail" in shape.uses:
            tail = recipe_fields.WORDS[schedule.get("tail", "linear")]
            words.append(f"{tail} tail over {schedule.get('decay', 0.2):.0%}")
        known = specs.Schedule.model_fields
        words += [f"{name} {schedule.get(name, known[name].default):g}" for name in _NUMBERS if name in shape.uses]
    words += ["optimizer fresh"] if schedule.get("optimizer") == "fresh" else []
    return ", ".join(words)


_NUMBERS = ("phi", "scale", "exponent")
