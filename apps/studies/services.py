"""Running a study: what it lacks is queued, what there is is used, and its comparison is saved. All or nothing."""

from django.db import transaction

from apps.accounts.models import Project, User
from apps.audit import refusals
from apps.comparisons import services as comparisons
from apps.comparisons.models import Comparison
from apps.comparisons.selectors import MAX_RUNS
from apps.curricula import diets
from apps.curricula import services as curricula
from apps.curricula.models import CurriculumVersion
from apps.jobs import services as jobs
from apps.jobs.models import Status
from apps.runs import services as runs
from apps.runs.models import Run
from apps.studies.designs import Arm, Cell, Design, cells_of
from apps.studies.kinds import design_of
from apps.studies.models import Study
from gradatim.errors import UserError

#: Evaluations of the seeds of an arm are drawn as their mean with its range.
VIEW = {"seeds": "mean"}


def run_study(
    *, project: Project, kind: str, params: dict, by: User, name: str = "", question: str = ""
) -> tuple[Study, int]:
    """The study and how many runs were queued for it.

    What is asked once more is the same study: only runs that failed, were cancelled or are gone since are made anew. ``name`` and ``question`` are
    those of a new one.
    """
    with refusals.recorded(project=project, by=by), transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # two who ask at once are given the same runs
        design = design_of(kind, project, params)
        cells = cells_of(design)
        if len(cells) > MAX_RUNS:
            raise UserError(
                f"These are {len(cells)} runs, and a comparison holds at most {MAX_RUNS}: ask for fewer seeds.",
                field="params.seeds",
            )
        made = _runs_of(design, cells, by)
        study = Study.objects.filter(project=project, kind=kind, params=design.params).first() or Study(
            project=project,
            kind=kind,
            params=design.params,
            name=(name.strip() or design.name)[:100],
            question=question.strip() or design.question,
            created_by=by,
        )
        study.cells = [
            {"arm": cell.arm.name, "seed": cell.seed, "run": str(run.pk)} for cell, run in zip(cells, made, strict=True)
        ]
        study.comparison = _comparison_of(study, made, by)
        study.save()
        return study, sum(cell.run is None for cell in cells)


def cancel_study(*, study: Study, by: User) -> tuple[int, int]:
    """Cancel the runs that wait or are trained: how many, and how many of them another study asks for, too."""
    asked = {cell["run"] for cell in study.cells}
    others = Study.objects.filter(project=study.project).exclude(pk=study.pk)
    shared = {cell["run"] for other in others for cell in other.cells} & asked
    rows = Run.objects.filter(pk__in=asked, job__status__in=[Status.QUEUED, Status.RUNNING]).select_related("job")
    waiting = sorted(rows, key=lambda run: run.job.status == Status.RUNNING)  # so that none begins meanwhile
    for run in waiting:
        jobs.request_cancel(job=run.job, by=by)
    return len(waiting), sum(str(run.pk) in shared for run in waiting)


def _runs_of(design: Design, cells: list[Cell], by: User) -> list[Run]:
    """The cells' runs, those that were lacking just queued; seeds of one arm share curriculum version and recipe to the letter."""
    known = {cell.arm.name: (cell.run.version, cell.run.recipe) for cell in reversed(cells) if cell.run}
    versions = diets.versions_by_diet(design.project)
    found = []
    for cell in cells:
        if cell.run is None and cell.arm.name not in known:
            known[cell.arm.name] = _version_of(design.project, cell.arm, versions, by), cell.arm.recipe
        found.append(cell.run or _made(design, cell, *known[cell.arm.name], by))
    return found


def _version_of(project: Project, arm: Arm, versions: dict[tuple, CurriculumVersion], by: User) -> CurriculumVersion:
    """The project's curriculum version that says the same, else a new one."""
    diet = diets.diet_of(arm.draft)
    if diet not in versions:
        name = diets.free_name(project, arm.curriculum)
        versions[diet] = curricula.create_curriculum(project=project, name=name, draft=arm.draft, by=by)
    return versions[diet]


def _made(design: Design, cell: Cell, version: CurriculumVersion, recipe: dict, by: User) -> Run:
    ending = f", seed {cell.seed}" if len(design.seeds) > 1 else ""
    return runs.create_run(
        name=f"{cell.arm.name[: runs.NAME_CHARACTERS - len(ending)]}{ending}",
        version=version,
        recipe=recipe,
        seed=cell.seed,
        by=by,
        base=cell.base,
        evaluated_on=list(design.measured),
        suites=design.suites,
        notes=cell.arm.notes,
        tags=list(cell.arm.tags),
    )


def _comparison_of(study: Study, made: list[Run], by: User) -> Comparison:
    """The study's own comparison with the runs as they are now; a new one where it was deleted."""
    found = Comparison.objects.filter(pk=study.comparison_id).first()
    ids = [str(run.pk) for run in made]
    if not found:
        asked = {"project": study.project, "name": study.name, "question": study.question, "view": VIEW}
        return comparisons.save_comparison(runs=ids, by=by, **asked)
    if found.runs != ids:
        comparisons.replace_runs(comparison=found, runs=ids)
    return found
