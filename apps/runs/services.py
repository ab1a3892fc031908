"""Writes on runs."""

import copy
import json
from collections.abc import Iterable

from django.db import transaction

from apps.accounts.models import User
from apps.audit import refusals
from apps.common import model_roots
from apps.curricula import services as curricula
from apps.curricula.models import CurriculumVersion, Plan
from apps.datasets import services as datasets
from apps.datasets.models import DatasetVersion
from apps.evaluations.models import Suite
from apps.jobs import services as jobs
from apps.jobs.models import Artifact, Job, Status
from apps.runs.models import Run
from gradatim import digest as digests
from gradatim import specs
from gradatim.errors import UserError
from gradatim.presets import PRESETS

MAX_SEEDS = 20
LARGEST_SEED = 2**63 - 1
NAME_CHARACTERS = Run._meta.get_field("name").max_length
MAX_TAGS, TAG_CHARACTERS = 20, 40


def create_runs(*, name: str, seeds: list[int], tags: list[str] = (), **given) -> list[Run]:
    """One run a seed, all or none; of several each is named with its seed. ``given`` is what :func:`create_run` takes."""
    seeds, name = list(dict.fromkeys(seeds)), name.strip()
    if not 1 <= len(seeds) <= MAX_SEEDS:
        raise UserError(f"Ask for between 1 and {MAX_SEEDS} seeds at once.", field="seeds")
    if wrong := next((seed for seed in seeds if not 0 <= seed <= LARGEST_SEED), None):
        raise UserError(f"{wrong} cannot be a seed: seeds are whole numbers from 0 to {LARGEST_SEED}.", field="seeds")
    names = {seed: f"{name}, seed {seed}" if len(seeds) > 1 else name for seed in seeds}
    if not name:
        raise UserError("Give the run a name.", field="name")
    if max(len(text) for text in names.values()) > NAME_CHARACTERS:
        raise UserError(f"A run's name has at most {NAME_CHARACTERS} characters, its seed included.", field="name")
    project = given["version"].curriculum.project
    with refusals.recorded(project=project, by=given["by"]), transaction.atomic():
        return [create_run(name=names[seed], seed=seed, tags=tags, **given) for seed in seeds]


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
    suites: Iterable[Suite] = (),
    notes: str = "",
    tags: list[str] = (),
) -> Run:
    """Queue a run; its plan, its base and all tokens it reads are waited for, and made where missing.

    ``recipe`` is a recipe document without ``evaluation.datasets``; with a ``base`` its ``model`` may only say which ``weights``.
    """
    recipe = copy.deepcopy(recipe)
    if base:  # locked, so that nobody deletes its checkpoint meanwhile
        base = Run.objects.select_for_update(of=["self"]).select_related("job", "version").get(pk=base.pk)
    _check(recipe, version, base)
    suites = list(suites)
    held_out = recipe.get("evaluation", {}).get("suite", specs.Evaluation().suite)
    if any(suite.name == held_out for suite in suites):
        raise UserError(f"{held_out} is what the losses on held-out text are called in this recipe.", field="suites")
    plan = curricula.plan_version(version=version, seed=seed, by=by)
    measured = evaluated_on or curricula.datasets_of(version)
    job = _queue(name, version=version, plan=plan, measured=measured, base=base, recipe=recipe, by=by)
    run = Run.objects.create(
        project=version.curriculum.project,
        name=name,
        notes=notes,
        tags=tidy_tags(tags),
        version=version,
        plan=plan,
        base=base,
        recipe=recipe,
        seed=seed,
        job=job,
    )
    run.evaluated_on.set(measured)
    run.suites.set(suites)
    return run


@transaction.atomic
def freeze_run(*, run: Run) -> specs.Run:
    """Fill in the run's document and digest, once: curriculum, recipe with every default, and data by digest."""
    run = Run.objects.select_for_update(of=["self"]).select_related("version", "base__checkpoint").get(pk=run.pk)
    version = curricula.freeze_version(version=run.version)
    if not run.document:
        recipe = copy.deepcopy(run.recipe)
        if run.base:
            recipe["model"] = {"checkpoint": run.base.checkpoint.digest} | weights_in(recipe)
        measured = run.evaluated_on.select_related("artifact").order_by("dataset__name", "number")
        recipe.setdefault("evaluation", {})["datasets"] = [v.artifact.digest for v in measured]
        suites = run.suites.select_related("artifact").order_by("name")
        recipe["evaluation"]["suites"] = {suite.name: suite.artifact.digest for suite in suites}
        document = {"curriculum": json.loads(version.document), "recipe": recipe, "seed": run.seed}
        frozen = specs.freeze(specs.parse(specs.Run, document))
        run.document = digests.canonical_json(frozen).decode()
        run.digest = digests.of_bytes(run.document.encode())
        run.save(update_fields=["document", "digest"])
    return specs.parse(specs.Run, json.loads(run.document))


def weights_in(recipe: dict) -> dict:
    """Which weights of its base a recipe names, as part of its model; empty where these are the last ones."""
    model = recipe.get("model")
    named = isinstance(model, dict) and model.get("weights", "last") != "last"
    return {"weights": model["weights"]} if named else {}


def keeps_average(run: Run) -> bool:
    """Whether averaged weights are, or will be, in the run's checkpoint."""
    return (run.recipe.get("averaging") or {}).get("method", "none") != "none"


def enter_run(*, job: Job, checkpoint: Artifact, certificate_file: Artifact | None, certificate: dict) -> None:
    Run.objects.filter(job=job).update(
        checkpoint=checkpoint, certificate_file=certificate_file, certificate=certificate
    )


@transaction.atomic
def describe_run(*, run: Run, notes: str, tags: list[str]) -> Run:
    """Replace what people say about a run; what it is stays as it is."""
    run.notes, run.tags = notes.strip(), tidy_tags(tags)
    run.save(update_fields=["notes", "tags"])
    return run


@transaction.atomic
def resume_run(*, run: Run, by: User) -> Run:
    """Queue a run that failed or was cancelled once more: a new job, which goes on from the last state that was saved.

    What it waited for and is over without success is asked for again, too; but for its base, which is a run of its own.
    """
    run = Run.objects.select_for_update(of=["self"]).select_related("job", "version", "base__job").get(pk=run.pk)
    if run.trained_elsewhere:
        raise UserError("This run was trained elsewhere: it cannot be resumed from here.")
    if run.job.status not in (Status.FAILED, Status.CANCELLED):
        raise UserError("Only a run that failed or was cancelled can be resumed.")
    if run.base and run.base.job.status in (Status.FAILED, Status.CANCELLED):
        raise UserError(f"Resume {run.base.name} first: this run starts from its checkpoint.")
    if run.base and run.base.checkpoint_deleted_at:
        raise UserError(f"The checkpoint of {run.base.name}, from which this run starts, was deleted.")
    plan = curricula.plan_version(version=run.version, seed=run.seed, by=by)
    measured = run.evaluated_on.all()
    job = _queue(run.name, version=run.version, plan=plan, measured=measured, base=run.base, recipe=run.recipe, by=by)
    run.earlier_jobs.add(run.job)
    run.job = job
    run.save(update_fields=["job"])
    return run


def _queue(
    name: str,
    *,
    version: CurriculumVersion,
    plan: Plan,
    measured: Iterable[DatasetVersion],
    base: Run | None,
    recipe: dict,
    by: User,
) -> Job:
    """The training job, after its plan, the tokens it reads and its base."""
    tokenizer = curricula.tokenizer_of(version)
    prompts = recipe.get("loss_on") == "answers"
    read = list(measured)
    if prompts:  # the plan does not ask where they end
        read = list({row.pk: row for row in [*read, *curricula.datasets_of(version)]}.values())
    tokens = [datasets.tokenize_version(version=v, tokenizer=tokenizer, by=by, prompts=prompts) for v in read]
    after = [plan.job, *(job for row in tokens for job in row.awaited), *([base.job] if base else [])]
    project = version.curriculum.project
    return jobs.enqueue(project=project, kind="train", title=f"Train {name}", queue="gpu", by=by, after=after)


def tidy_tags(tags: Iterable[str]) -> list[str]:
    """Each tag once, without spaces around it."""
    tidy = list(dict.fromkeys(text for tag in tags if (text := " ".join(tag.split()))))
    if len(tidy) > MAX_TAGS or any(len(tag) > TAG_CHARACTERS or "," in tag for tag in tidy):
        raise UserError(
            f"A run has at most {MAX_TAGS} tags of at most {TAG_CHARACTERS} characters, without commas.", field="tags"
        )
    return tidy


def _check(recipe: dict, version: CurriculumVersion, base: Run | None) -> None:
    """Refuse at its field what is wrong with a recipe before anything is queued."""
    candidate = copy.deepcopy(recipe)
    if base:
        candidate["model"] = {"checkpoint": curricula.UNKNOWN} | weights_in(recipe)
    document = {
        "curriculum": {"tokenizer": curricula.UNKNOWN, "phases": _phases_with_unknown_data(version.draft)},
        "recipe": candidate,
    }
    model = specs.parse(specs.Run, document).recipe.model
    if not base and model.checkpoint is not None:  # the digest of another project's weights says nothing here
        raise UserError(
            "A checkpoint is named by its run: give that as base, and no model.", field="recipe.model.checkpoint"
        )
    if model.folder is not None:
        model_roots.find(model.folder)
    preset = model.preset
    if preset is not None and preset not in PRESETS:
        raise UserError(
            f"There is no model preset {preset!r}; there are: {', '.join(PRESETS)}.", field="recipe.model.preset"
        )
    if base and base.version.draft["tokenizer"] != version.draft["tokenizer"]:
        raise UserError(
            f"{base.name} was trained with another tokenizer than this curriculum's: choose another model or curriculum.",
            field="base",
        )
    if base and base.trained_elsewhere:
        raise UserError(f"{base.name} was trained elsewhere: its weights are not here.", field="base")
    if base and model.weights == "averaged" and not keeps_average(base):
        raise UserError(f"{base.name} keeps no averaged weights: start from its last ones.", field="base")
    if base and base.checkpoint_deleted_at:
        raise UserError(f"The checkpoint of {base.name} was deleted: choose another model.", field="base")


def _phases_with_unknown_data(draft: dict) -> list[dict]:
    phases = copy.deepcopy(draft["phases"])
    for phase in phases:
        for stream in phase["streams"]:
            stream["dataset"] = curricula.UNKNOWN
            stream["scores"] = curricula.UNKNOWN if stream.get("scores") else None
    return phases
