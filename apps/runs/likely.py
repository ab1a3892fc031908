"""What a curriculum that is still being composed will likely take in training: as the project's newest run trained."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.accounts.models import Project
from apps.runs.forecast import Forecast, forecast
from apps.runs.models import Run
from gradatim import specs


@dataclass(frozen=True, slots=True)
class Likely:
    """``like`` is the run whose model, batch and context are taken."""

    like: Run
    found: Forecast
    size: int


def likely_of(project: Project, phases: Sequence[dict]) -> Likely | None:
    """None while a budget cannot be read, and where no run of the project has finished."""
    if not phases or not all(phase["tokens"] for phase in phases):
        return None
    rows = Run.objects.filter(project=project, checkpoint__meta__parameters__isnull=False)
    like = rows.select_related("checkpoint").order_by("-created_at").first()
    if like is None:
        return None
    # of the recipe only the size of a step counts; a run that went on from another names no model
    asked = {"model": {"checkpoint": "0" * 64}, "schedules": [{"peak": 1e-3}] * len(phases)}
    recipe = specs.parse(specs.Recipe, like.recipe | asked)
    found = forecast(phases=phases, recipe=recipe, parameters=like.checkpoint.meta["parameters"])
    return Likely(like, found, recipe.batch_size * recipe.context)
