"""Runs that are trained elsewhere, by another trainer on the order of a curriculum: they log their metrics over the API.

They stand beside runs that were trained here: in lists, charts, comparisons and shared links. What they consumed is not
certified, as nobody here saw it, and their weights are not here to go on from.
"""

import json
from collections.abc import Mapping

from django.db import transaction

from apps.accounts.models import User
from apps.curricula import services as curricula
from apps.curricula.models import CurriculumVersion
from apps.datasets.models import DatasetVersion
from apps.jobs import elsewhere as jobs
from apps.jobs.models import Status
from apps.metrics import services as metrics
from apps.metrics.codec import Columns
from apps.runs import services
from apps.runs.models import Run
from gradatim import specs
from gradatim.errors import UserError

#: Characters of the settings as JSON.
MAX_SETTINGS = 20_000


@transaction.atomic
def create_run(
    *,
    name: str,
    version: CurriculumVersion,
    by: User,
    settings: dict | None = None,
    seed: int = 0,
    evaluated_on: list[DatasetVersion] | None = None,
    notes: str = "",
    tags: list[str] = (),
) -> Run:
    """A run that goes on from now, elsewhere; its plan is the curriculum version's under the seed, made where it is missing.

    ``settings`` are the trainer's, by name; those with the names of a recipe's fields are checked as such.
    """
    settings = _checked(settings or {}, version)
    plan = curricula.plan_version(version=version, seed=seed, by=by)
    tokens = sum(phase["tokens"] for phase in version.draft["phases"])
    project = version.curriculum.project
    run = Run.objects.create(
        project=project,
        name=name.strip(),
        notes=notes,
        tags=services.tidy_tags(tags),
        version=version,
        plan=plan,
        recipe=settings,
        seed=seed,
        job=jobs.begin(project=project, title=f"{name.strip()}, trained elsewhere", by=by, total=tokens),
    )
    run.evaluated_on.set(evaluated_on or curricula.datasets_of(version))
    return run


@transaction.atomic
def log(*, run: Run, series: Mapping[str, Columns]) -> int:
    """Save points by the name of their series and return how many were new; a step that is there already stays as it is.

    ``UserError`` where the run is trained here, or is over.
    """
    if not run.trained_elsewhere:
        raise UserError("This run is trained here: its worker writes its metrics.")
    jobs.heard(
        job=run.job, done=max((int(points.tokens.max()) for points in series.values() if len(points)), default=0)
    )
    return metrics.append_columns(run=run, columns=series)


def end_run(*, run: Run, status: str, reason: str = "") -> Run:
    """Say how the run ended; ``UserError`` where it is trained here or is over already."""
    if not run.trained_elsewhere:
        raise UserError("This run is trained here: its job says how it ends.")
    if status not in jobs.ENDS:
        raise UserError("A run ends as succeeded, failed or cancelled.", field="status")
    if not jobs.end(job=run.job, to=Status(status), reason=reason.strip()):
        run.job.refresh_from_db()
        raise UserError(f"This run is over already: {run.job.status}.", field="status")
    run.job.refresh_from_db()
    return run


def _checked(settings: dict, version: CurriculumVersion) -> dict:
    if "model" in settings:
        raise UserError(
            "Name the model as another setting, like architecture: model is for weights that are here.",
            field="settings.model",
        )
    if len(json.dumps(settings)) > MAX_SETTINGS:
        raise UserError(f"The settings have at most {MAX_SETTINGS:,} characters as JSON.", field="settings")
    known = {key: value for key, value in settings.items() if key in specs.Recipe.model_fields}
    try:
        recipe = specs.parse(specs.Recipe, {"model": {"checkpoint": curricula.UNKNOWN}, **known})
    except UserError as error:
        raise UserError(error.sentence, field=f"settings.{error.field}") from None
    if "schedules" in known and len(recipe.schedules) != len(version.draft["phases"]):
        raise UserError("Give one schedule a phase of the curriculum.", field="settings.schedules")
    return settings
