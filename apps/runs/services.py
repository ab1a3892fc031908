"""Writes on runs."""

import copy
import json

from django.db import transaction

from apps.accounts.models import User
from apps.curricula import services as curricula
from apps.curricula.models import CurriculumVersion
from apps.datasets import services as datasets
from apps.datasets.models import DatasetVersion
from apps.jobs import services as jobs
from apps.jobs.models import Artifact, Job
from apps.runs.models import Run
from gradatim import digest as digests
from gradatim import specs


@transaction.atomic
def create_run(
    *,
    name: str,
    version: CurriculumVersion,
    recipe: dict,
    seed: int,
    by: User,
    base: Run | None = None,
    evaluated_on: list[DatasetVersion] | None = None,
    notes: str = "",
) -> Run:
    """Queue a run; its plan, its base and all tokens it reads are waited for, and made where missing.

    ``recipe`` is a recipe document without ``evaluation.datasets``; with a ``base`` also without ``model``.
    """
    recipe = copy.deepcopy(recipe)
    _check(recipe, version, base)
    project = version.curriculum.project
    plan = curricula.plan_version(version=version, seed=seed, by=by)
    measured = evaluated_on or curricula.datasets_of(version)
    tokenizer = curricula.tokenizer_of(version)
    tokens = [datasets.tokenize_version(version=v, tokenizer=tokenizer, by=by) for v in measured]
    after = [plan.job, *(row.job for row in tokens), *([base.job] if base else [])]
    job = jobs.enqueue(project=project, kind="train", title=f"Train {name}", queue="gpu", by=by, after=after)
    run = Run.objects.create(
        project=project,
        name=name,
        notes=notes,
        version=version,
        plan=plan,
        base=base,
        recipe=recipe,
        seed=seed,
        job=job,
    )
    run.evaluated_on.set(measured)
    return run


@transaction.atomic
def freeze_run(*, run: Run) -> specs.Run:
    """Fill in the run's document and digest, once: curriculum, recipe with every default, and data by digest."""
    run = Run.objects.select_for_update(of=["self"]).select_related("version", "base__checkpoint").get(pk=run.pk)
    version = curricula.freeze_version(version=run.version)
    if not run.document:
        recipe = copy.deepcopy(run.recipe)
        if run.base:
            recipe["model"] = {"checkpoint": run.base.checkpoint.digest}
        measured = run.evaluated_on.select_related("artifact").order_by("dataset__name", "number")
        recipe.setdefault("evaluation", {})["datasets"] = [v.artifact.digest for v in measured]
        document = {"curriculum": json.loads(version.document), "recipe": recipe, "seed": run.seed}
        frozen = specs.freeze(specs.parse(specs.Run, document))
        run.document = digests.canonical_json(frozen).decode()
        run.digest = digests.of_bytes(run.document.encode())
        run.save(update_fields=["document", "digest"])
    return specs.parse(specs.Run, json.loads(run.document))


def enter_run(*, job: Job, checkpoint: Artifact, certificate_file: Artifact | None, certificate: dict) -> None:
    Run.objects.filter(job=job).update(
        checkpoint=checkpoint, certificate_file=certificate_file, certificate=certificate
    )


def _check(recipe: dict, version: CurriculumVersion, base: Run | None) -> None:
    """Refuse at its field what is wrong with a recipe before anything is queued."""
    candidate = copy.deepcopy(recipe)
    if base:
        candidate["model"] = {"checkpoint": curricula.UNKNOWN}
    document = {
        "curriculum": {"tokenizer": curricula.UNKNOWN, "phases": _phases_with_unknown_data(version.draft)},
        "recipe": candidate,
    }
    specs.parse(specs.Run, document)


def _phases_with_unknown_data(draft: dict) -> list[dict]:
    phases = copy.deepcopy(draft["phases"])
    for phase in phases:
        for stream in phase["streams"]:
            stream["dataset"] = curricula.UNKNOWN
            stream["scores"] = curricula.UNKNOWN if stream.get("scores") else None
    return phases
