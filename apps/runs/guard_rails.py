"""What to say before training about orders whose best data meet a vanishing learning rate."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.common.templatetags.ui import percent
from apps.curricula.models import CurriculumVersion
from apps.curricula.trends import Trend, trends_of
from apps.runs.models import Run
from gradatim import guard_rails, specs

ADVICE = (
    "A gentle decay that ends at a third of the peak keeps what such an order gains. Compare it with random data under "
    "their own best schedule, WSD, and not with random data under a constant rate."
)
_SAID = {
    "best last": "The best data of stream {name} come last (trend {trend} by {score}) and meet a vanishing learning rate: it "
    "ends at {end} of its peak. In published runs (arXiv 2511.18903) that cost all that an ascending order gains.",
    "hardest last": "Stream {name} ends with its hardest samples (trend {trend} by {score}), where the learning rate falls to "
    "{end} of its peak. The published finding (arXiv 2511.18903) is about quality: if the hard samples are the good "
    "ones here, they are the ones that count least.",
    "unknown last": "Stream {name} runs through {score} (trend {trend}), a score of which nobody said what is better, while the "
    "learning rate falls to {end} of its peak. If its {side} scores are the better ones, the best data count least "
    "(arXiv 2511.18903).",
    "best first": "The best data of stream {name} come first (trend {trend} by {score}). In published runs (arXiv 2511.18903) a "
    "descending order was worse than random data, whatever the schedule.",
}


@dataclass(frozen=True)
class Warned:
    """``floor`` mends it: the floor of a gentle decay of phase number ``phase`` (from 0); None where a schedule does not."""

    phase: int
    stream: str
    kind: str
    sentence: str
    trend: float
    end: float
    floor: float | None


def warnings_of(version: CurriculumVersion, schedules: Sequence[specs.Schedule]) -> list[Warned]:
    """``schedules``: one a phase of the version, as a recipe has them."""
    found = [_warned(trend, schedules[trend.phase]) for trend in trends_of(version) if trend.phase < len(schedules)]
    return [warned for warned in found if warned]


def warnings_of_run(run: Run) -> list[Warned]:
    schedules = [specs.parse(specs.Schedule, entry) for entry in run.recipe.get("schedules") or [{}]]
    return warnings_of(run.version, schedules)


def gentle_floor(peak: float) -> float:
    return float(f"{peak * guard_rails.GENTLE:.3g}")


def _warned(trend: Trend, schedule: specs.Schedule) -> Warned | None:
    end = guard_rails.end_share(schedule)
    kind = guard_rails.finding(trend.value, end, trend.higher_means)
    if not kind:
        return None
    said = _SAID[kind].format(
        name=trend.name,
        trend=f"{trend.value:.2f}".replace("-", "\N{MINUS SIGN}"),
        score=trend.score,
        end=percent(end),
        side="high" if trend.value > 0 else "low",
    )
    floor = gentle_floor(schedule.peak) if kind != "best first" else None
    return Warned(trend.phase, trend.name, kind, said, trend.value, end, floor)
