"""Reads on studies: how far they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.shortcuts import get_object_or_404

from apps.accounts.models import Project, User
from apps.datasets.models import Tokenizer
from apps.jobs import selectors as jobs
from apps.jobs.models import Status
from apps.runs import forecast
from apps.runs.models import Run
from apps.studies.kinds import KINDS
from apps.studies.models import Study
from gradatim import specs


@dataclass(frozen=True, slots=True)
class Progress:
    """A study with its runs by id. Of ``total`` cells ``done`` are trained; ``failed`` did not come to their end, or are gone.

    ``seconds_left``: one run after the other; None where nothing was measured.
    """

    study: Study
    runs: dict[str, Run]
    total: int
    done: int
    failed: int
    seconds_left: float | None

    @property
    def over(self) -> bool:
        return self.done + self.failed == self.total

    @property
    def title(self) -> str:
        """Of its kind."""
        return KINDS[self.study.kind].title if self.study.kind in KINDS else self.study.kind


def studies_of(*, project: Project, user: User):
    return Study.objects.visible_to(user).filter(project=project).select_related("comparison", "created_by")


def visible_study(*, user: User, pk: UUID) -> Study:
    return get_object_or_404(Study.objects.visible_to(user).select_related("project", "comparison"), pk=pk)


def progress_of(studies: Sequence[Study]) -> list[Progress]:
    """One query for the runs of all of them, and one a model and recipe of which some are still to be trained."""
    named = {cell["run"] for study in studies for cell in study.cells}
    rows = Run.objects.filter(pk__in=named).select_related("job", "version", "base__checkpoint")
    runs, speeds = {str(run.pk): run for run in rows}, {}
    return [_progress(study, runs, speeds) for study in studies]


def _progress(study: Study, runs: dict[str, Run], speeds: dict) -> Progress:
    own = {cell["run"]: runs[cell["run"]] for cell in study.cells if cell["run"] in runs}
    states = [own[cell["run"]].job.status if cell["run"] in own else Status.FAILED for cell in study.cells]
    waits = [run for run in own.values() if not run.job.is_over]
    left = [_seconds(run, speeds) for run in waits]
    return Progress(
        study=study,
        runs=own,
        total=len(states),
        done=states.count(Status.SUCCEEDED),
        failed=states.count(Status.FAILED) + states.count(Status.CANCELLED),
        seconds_left=None if None in left else sum(left),
    )


def _seconds(run: Run, speeds: dict) -> float | None:
    """Until a run that waits or is trained is over, as others like it went."""
    known = jobs.seconds_left(run.job)
    if known is not None:
        return known
    key = repr(sorted(run.recipe.items())), run.base_id
    if key not in speeds:
        model = {"model": {"checkpoint": "0" * 64}} if run.base_id else {}
        parameters = _parameters(run)
        recipe = specs.parse(specs.Recipe, run.recipe | model)
        speeds[key] = forecast.speed_of(recipe, parameters) if parameters else None
    speed = speeds[key]
    return speed and sum(phase["tokens"] for phase in run.version.draft["phases"]) / speed.tokens_per_second


def _parameters(run: Run) -> int | None:
    rows = Tokenizer.objects.filter(pk=run.version.draft["tokenizer"]).values_list("vocab_size", flat=True)
    return forecast.parameters_of(run.recipe.get("model"), run.base, 0 if run.base_id else rows.first() or 0)
