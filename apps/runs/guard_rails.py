"""What to say before training about orders whose best data meet a vanishing learning rate."""

from dataclasses import dataclass

from apps.common.templatetags.ui import percent
from apps.curricula.models import CurriculumVersion
from apps.curricula.trends import Trend, trends_of
from apps.runs.models import Run
from gradatim import guard_rails, specs

ADVICE = (
    "A gentle decay that ends at a third of the peak keeps what such an order gains, and averaging the last weights on top of it "
    "(CDMA) was the most robust. Compare it with random data under "
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


def warnings_of(version: CurriculumVersion, recipe: specs.Recipe) -> list[Warned]:
    """``recipe`` has one schedule a phase of the version."""
    budgets = [phase["tokens"] for phase in version.draft["phases"]]
    if len(budgets) != len(recipe.schedules):
        return []
    found = [
        _warned(trend, recipe, guard_rails.end_share(recipe, budgets, trend.phase)) for trend in trends_of(version)
    ]
    return [warned for warned in found if warned]


def warnings_of_run(run: Run) -> list[Warned]:
    return warnings_of(run.version, specs.parse(specs.Recipe, {"model": {"checkpoint": "0" * 64}} | run.recipe))


def gentle_floor(peak: float) -> float:
    return float(f"{peak * guard_rails.GENTLE:.3g}")


def _warned(trend: Trend, recipe: specs.Recipe, end: float) -> Warned | None:
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
    begun = max(i for i in range(trend.phase + 1) if recipe.schedules[i].start == "anew")
    floor = gentle_floor(recipe.schedules[begun].peak) if kind != "best first" else None
    return Warned(trend.phase, trend.name, kind, said, trend.value, end, floor)
