"""Guideline meters as pages show them: each guideline with its numbers, a small scale and one plain sentence."""

from dataclasses import dataclass

from gradatim.meters import GUIDELINES, Meters
from gradatim.meters.boundary import Boundary
from gradatim.meters.continuity import Continuity
from gradatim.meters.cycles import Cycles
from gradatim.meters.diversity import Diversity

#: What each guideline's number and scale say.
ABOUT = {
    "boundary": "Mean score of the first and of the last tenth: \N{MINUS SIGN}1 the lowest, +1 the highest possible, "
    "0 as in the whole. On the scale the ring is the start, the dot the end.",
    "cycles": "Legs of the smoothed mean score, and how far it falls back in all, in ranges of the score. The scale is the "
    "coverage: full where each twentieth of the order holds all scores, as in a random order.",
    "continuity": "Jumps of a tenth of the score range or more between neighbouring batches, beyond chance. The scale is "
    "what the largest excess jump leaves of the range: full where there is none.",
    "diversity": "How much scores differ within a batch, against a random order of the same samples.",
}
#: (guideline, what a table calls it, what it means), as templates/curricula/meter_cells.html shows them.
VALUES = (
    (
        "boundary",
        "Start",
        "Mean percentile of the first tenth, from \N{MINUS SIGN}1 (exactly the lowest scores) to +1.",
    ),
    ("boundary", "End", "The same of the last tenth. Pre-training is said to want a low start and a high end."),
    ("boundary", "Trend", "Rank correlation of score and position (Spearman)."),
    (
        "cycles",
        "Legs",
        "Rises and falls of the mean score of a batch, smoothed over a 128th of the order, that go beyond chance. A sorted order has one.",
    ),
    ("cycles", "Back", "Length of all falls together; 1 is a fall through the whole score range."),
    (
        "cycles",
        "Absence",
        "Longest stretch of the order without any of a tenth of the scores, on average over the tenths.",
    ),
    (
        "cycles",
        "Coverage",
        "How evenly each twentieth of the order holds all tenths of the scores: 1 as in a random order, 0 one tenth alone.",
    ),
    (
        "continuity",
        "Jumps",
        "Places where the mean score changes from one batch to the next, or the one after it, by a tenth of its range or more beyond what chance makes of random batches.",
    ),
    ("continuity", "Continuity", "1 less the largest excess jump, in score ranges."),
    (
        "diversity",
        "Diversity",
        "Standard deviation of scores within a batch, against that of as many random samples: 1 as diverse, 0 all alike.",
    ),
)


@dataclass(frozen=True, slots=True)
class Gauge:
    """``level`` is the filled share of a scale that begins at its left end; ``marks`` are (start, end) on a scale with a middle."""

    key: str
    title: str
    value: str
    reading: str
    about: str
    level: float | None = None
    marks: tuple[float, float] | None = None


def gauges_of(meters: Meters) -> list[Gauge]:
    """The four guidelines, in order."""
    made = []
    for key, title in GUIDELINES.items():
        part = getattr(meters, key)
        value, scale = _shown(part)
        made.append(Gauge(key, title, value, part.reading, ABOUT[key], **scale))
    return made


def _shown(part: Boundary | Cycles | Continuity | Diversity) -> tuple[str, dict]:
    if isinstance(part, Boundary):
        ends = (part.start, part.end)
        return " to ".join(map(signed, ends)), {"marks": tuple((1 + end) / 2 for end in ends)}
    if isinstance(part, Cycles):
        legs = f"{part.legs:,} leg{'' if part.legs == 1 else 's'}, {part.review:.2f} back" if part.legs else "no legs"
        return legs, {"level": _share(part.coverage)}
    if isinstance(part, Continuity):
        jumps = f"{part.jumps:,} jump{'' if part.jumps == 1 else 's'}" if part.jumps else "no jumps"
        return f"{jumps}, {part.continuity:.2f}", {"level": _share(part.continuity)}
    if part.spread is None:
        return "\N{EM DASH}", {}
    return f"{part.spread:.2f} of random", {"level": _share(part.spread)}


def signed(value: float) -> str:
    """+0.56, \N{MINUS SIGN}1.00; what rounds to nothing has no sign."""
    text = f"{value:+.2f}"
    return text[1:] if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))
