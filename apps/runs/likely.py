"""How a curriculum that is still being composed will likely be trained, and what it will take: as runs before it were."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import BooleanField, ExpressionWrapper, Q

from apps.accounts.models import Project
from apps.curricula.models import Curriculum
from apps.runs import recipe_fields
from apps.runs.forecast import Forecast, forecast
from apps.runs.models import Run
from gradatim import specs
from gradatim.presets import PRESETS


@dataclass(frozen=True, slots=True)
class Likely:
    """``like`` is the run whose recipe is taken (None: there is none, it is the default), ``own``: it trained this curriculum.

    ``found`` is None without a run. Of the recipe only what the size of a step and the rate depend on is meant.
    """

    recipe: specs.Recipe
    like: Run | None = None
    own: bool = False
    found: Forecast | None = None

    @property
    def size(self) -> int:
        return self.recipe.batch_size * self.recipe.context


def likely_of(project: Project, phases: Sequence[dict], curriculum: Curriculum | None = None) -> Likely | None:
    """As the newest run that trained a version of ``curriculum``, else as the project's newest one. None while a budget cannot be read."""
    if not phases or not all(phase["tokens"] for phase in phases):
        return None
    rows = Run.objects.filter(project=project, checkpoint__meta__parameters__isnull=False).select_related("checkpoint")
    if curriculum:
        rows = rows.annotate(own=ExpressionWrapper(Q(version__curriculum=curriculum), BooleanField()))
    like = rows.order_by(*(["-own"] if curriculum else []), "-created_at").first()
    if like is None:
        model = {"preset": next(iter(PRESETS))}
        schedules = [{"peak": recipe_fields.PEAK}] * len(phases)
        return Likely(specs.parse(specs.Recipe, {"model": model, "schedules": schedules}))
    before = like.recipe.get("schedules") or [{}]  # those that it lacks are its last one again, as in a clone
    schedules = [before[min(i, len(before) - 1)] for i in range(len(phases))]
    # a run that went on from another names no model
    recipe = specs.parse(specs.Recipe, like.recipe | {"model": {"checkpoint": "0" * 64}, "schedules": schedules})
    found = forecast(phases=phases, recipe=recipe, parameters=like.checkpoint.meta["parameters"])
    return Likely(recipe, like, bool(curriculum) and like.own, found)
