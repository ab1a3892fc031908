"""The guideline meters of compared runs: what the order of each one's plan does, in the run's own batches."""

from dataclasses import dataclass

from apps.curricula.plan_meters import BATCH_SIZE, CONTEXT, Measured, measurements
from apps.runs.models import Run
from apps.runs.series import names_apart
from gradatim.errors import UserError


@dataclass(frozen=True, slots=True)
class RunMeters:
    """``run`` is the run's place in the comparison; ``measured`` is None where ``sentence`` says why there is nothing."""

    run: int
    name: str
    measured: Measured | None
    sentence: str = ""


def meters_of(runs: list[Run]) -> list[RunMeters]:
    """One row a run, in order. Number of queries: two a project."""
    ways = {}
    for project in {run.project for run in runs}:
        mine = [run for run in runs if run.project_id == project.pk and run.plan.artifact_id]
        for run in mine:
            run.plan.version = run.version  # as it was fetched
        ways |= dict(
            zip((run.pk for run in mine), measurements([_asked(r) for r in mine], project=project), strict=True)
        )
    return [
        _row(place, name, ways.get(run.pk))
        for place, (run, name) in enumerate(zip(runs, names_apart(runs), strict=True))
    ]


def _asked(run: Run) -> tuple:
    return run.plan, run.recipe.get("batch_size") or BATCH_SIZE, run.recipe.get("context") or CONTEXT


def _row(place: int, name: str, measure) -> RunMeters:
    if measure is None:
        return RunMeters(place, name, None, "Its plan is not resolved yet.")
    try:
        measured = measure()
    except UserError as error:
        return RunMeters(place, name, None, error.sentence)
    if measured.meters.overall is None:
        return RunMeters(place, name, measured, "No sample of its plan has scores.")
    return RunMeters(place, name, measured)
