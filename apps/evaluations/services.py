"""Writes on suites and evaluations."""

import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction

from apps.accounts.models import Project, User
from apps.curricula import services as curricula
from apps.datasets import services as datasets
from apps.datasets.models import DatasetVersion
from apps.evaluations.models import Evaluation, Suite
from apps.jobs import services as jobs
from apps.jobs.endings import register
from apps.jobs.models import TERMINAL, Artifact, Job
from apps.metrics import services as metrics
from apps.runs.models import Run
from apps.runs.series import SUITE
from apps.site.storage import store
from gradatim import questions
from gradatim.errors import UserError

#: Characters of a series' name, where a slash separates its parts.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
MOST_BYTES = 50_000_000


def create_suite(
    *, project: Project, name: str, method: str, file: UploadedFile, by: User, params: dict | None = None
) -> Suite:
    """A suite of the questions in a JSON Lines file; ``UserError`` names its lines that are none."""
    if not NAME.fullmatch(name):
        raise UserError(
            "A name has letters, digits, dots, hyphens and underscores, at most 64, and begins with a letter or digit.",
            field="name",
        )
    if name == SUITE:
        raise UserError(f"{SUITE} is what the losses on held-out text are called: choose another name.", field="name")
    if Suite.objects.filter(project=project, name=name).exists():
        raise UserError(_taken(name), field="name")
    if file.size > MOST_BYTES:
        raise UserError(f"A file of questions has at most {MOST_BYTES / 1e6:.0f} MB.", field="file")
    file.seek(0)
    found = questions.parse(file.read(), method, params)
    with tempfile.TemporaryDirectory() as folder:
        stored = store().put(questions.write(Path(folder) / "suite", found, method, params).path)
    try:
        with transaction.atomic():
            (artifact,) = register({"suite": stored}).values()
            asked = {"method": method, "params": stored.meta["params"], "artifact": artifact, "created_by": by}
            return Suite.objects.create(project=project, name=name, **asked)
    except IntegrityError:
        raise UserError(_taken(name), field="name") from None


@transaction.atomic
def evaluate_run(
    *,
    run: Run,
    by: User,
    suites: Sequence[Suite] = (),
    versions: Sequence[DatasetVersion] = (),
    weights: str = "last",
) -> tuple[Evaluation, bool]:
    """The evaluation of the run's last checkpoint on these, and whether it was queued just now: one that asks the same and is not
    over is it. A run that is still at work is waited for."""
    # locked, so that nobody deletes its checkpoint meanwhile, and two who ask at once are given one evaluation
    run = Run.objects.select_for_update(of=["self"]).select_related("job", "version", "project").get(pk=run.pk)
    _check(run, suites, versions)
    if weights == "averaged" and not keeps_average(run):
        raise UserError(f"{run.name} keeps no average of its weights: its recipe asks for none.", field="weights")
    for row in run.evaluations.filter(weights=weights).exclude(job__status__in=TERMINAL).select_related("job"):
        if set(row.suites.all()) == set(suites) and set(row.datasets.all()) == set(versions):
            return row, False
    asked = ", ".join([*(suite.name for suite in suites), *(version.dataset.name for version in versions)])
    job = jobs.enqueue(
        project=run.project,
        kind="evaluate",
        title=f"Evaluate {'the averaged weights of ' if weights == 'averaged' else ''}{run.name} on {asked}",
        queue="gpu",
        by=by,
        after=[run.job, *_tokens(run, versions, by)],
    )
    made = Evaluation.objects.create(run=run, job=job, weights=weights)
    made.suites.set(suites)
    made.datasets.set(versions)
    return made, True


@transaction.atomic
def enter_values(*, job: Job, artifact: Artifact | None, step: int, tokens: int, values: dict[str, float]) -> None:
    """Into the evaluation, and into the run's series; a step that a series has already stays as it was measured in training."""
    evaluation = Evaluation.objects.select_related("run").get(job=job)
    now = time.time()
    points = {name: ([step], [tokens], [now], [value]) for name, value in values.items()}
    metrics.append(run=evaluation.run, batch=points)
    Evaluation.objects.filter(pk=evaluation.pk).update(values=values, artifact=artifact)


def keeps_average(run: Run) -> bool:
    return run.recipe.get("averaging", {}).get("method", "none") != "none"


def _taken(name: str) -> str:
    return f"This project has a suite {name} already: choose another name."


def _check(run: Run, suites: Sequence[Suite], versions: Sequence[DatasetVersion]) -> None:
    if not suites and not versions:
        raise UserError("Choose a suite, or a dataset whose held-out part measures.", field="suites")
    if run.trained_elsewhere:
        raise UserError(f"{run.name} was trained elsewhere: its weights are not here.")
    if run.checkpoint_deleted_at:
        raise UserError(f"The checkpoint of {run.name} was deleted: there is nothing left to evaluate.")
    if not run.checkpoint_id and run.job.is_over:
        raise UserError(f"{run.name} has no checkpoint: it did not finish. Resume it first.")
    strange = [suite for suite in suites if suite.project_id != run.project_id]
    strange += [version for version in versions if version.dataset.project_id != run.project_id]
    if strange:
        raise UserError("A run is evaluated on suites and datasets of its own project.", field="suites")


def _tokens(run: Run, versions: Sequence[DatasetVersion], by: User) -> list[Job]:
    tokenizer = curricula.tokenizer_of(run.version)
    made = [datasets.tokenize_version(version=version, tokenizer=tokenizer, by=by) for version in versions]
    return [job for row in made for job in row.awaited]
