"""Writes on curricula: versions, freezing, plans."""

import copy
import json

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.accounts.models import Project, User
from apps.audit.services import record
from apps.curricula import documents
from apps.curricula.choices import choices_among
from apps.curricula.meters import BATCH
from apps.curricula.models import Curriculum, CurriculumVersion, Plan
from apps.curricula.preview import Preview, preview_of
from apps.datasets import services as datasets
from apps.datasets.models import DatasetVersion, Tokenizer
from apps.jobs import services as jobs
from apps.jobs.models import Artifact, Job
from apps.scores.models import ScoreSet
from gradatim import digest as digests
from gradatim import specs
from gradatim.errors import UserError

#: stands for the digest of data that are still being made while a draft is checked
UNKNOWN = "0" * 64
#: phases of a draft, and streams of a phase
MOST_ENTRIES = 100


@transaction.atomic
def create_curriculum(
    *, project: Project, name: str, draft: dict, by: User, description: str = ""
) -> CurriculumVersion:
    """A new curriculum with its first version; ``UserError`` at ``name`` where the project has one of that name."""
    try:
        with transaction.atomic():  # the constraint decides: the same form may be sent twice at once
            curriculum = Curriculum.objects.create(project=project, name=name, description=description)
    except IntegrityError:
        taken = f"This project has a curriculum “{name}” already: choose another name."
        raise UserError(taken, field="name") from None
    return create_version(curriculum=curriculum, draft=draft, by=by)


@transaction.atomic
def create_version(*, curriculum: Curriculum, draft: dict, by: User) -> CurriculumVersion:
    """The next version. ``draft`` is a curriculum document that names rows by id where a frozen one names digests.

    Everything that can be wrong is refused here, at its field, as far as the data exist to tell. The document is frozen
    at once where all its data exist, else when its first plan is prepared.
    """
    Curriculum.objects.select_for_update().get(pk=curriculum.pk)
    rows = _rows_named(draft, curriculum.project)
    _refuse_foreign_scores(draft, rows)
    document = specs.freeze(specs.parse(specs.Curriculum, _with_digests(draft, rows)))
    _seen(document, draft, rows, drawn=False)
    number = curriculum.versions.count() + 1
    version = CurriculumVersion.objects.create(curriculum=curriculum, number=number, draft=draft)
    name = f"{curriculum.name} version {number}"
    record(kind="curriculum.version", by=by, project=curriculum.project, on=version, name=name)
    if all(row.artifact_id for row in rows.values()):
        return freeze_version(version=version)
    return version


@transaction.atomic
def import_document(*, project: Project, name: str, text: str, by: User, description: str = "") -> CurriculumVersion:
    """A new curriculum from a document as it was exported, with the same digest: the project must hold the same data."""
    draft = documents.draft_of(text, project)
    return create_curriculum(project=project, name=name, draft=draft, by=by, description=description)


@transaction.atomic
def freeze_version(*, version: CurriculumVersion) -> CurriculumVersion:
    """Fill in document and digest, once; afterwards nothing about the version changes."""
    version = CurriculumVersion.objects.select_for_update().select_related("curriculum__project").get(pk=version.pk)
    if not version.document:
        rows = _rows_named(version.draft, version.curriculum.project)
        unfinished = [row for row in rows.values() if not row.artifact_id]
        if unfinished:
            raise UserError(f"{unfinished[0].job.title} has not finished: the curriculum cannot be frozen yet.")
        document = specs.freeze(specs.parse(specs.Curriculum, _with_digests(version.draft, rows)))
        version.document = digests.canonical_json(document).decode()
        version.digest = digests.of_bytes(version.document.encode())
        version.save(update_fields=["document", "digest"])
    return version


@transaction.atomic
def plan_version(*, version: CurriculumVersion, seed: int, by: User) -> Plan:
    """The plan of a version under a seed: the one there is, else a queued job that resolves it."""
    CurriculumVersion.objects.select_for_update().get(pk=version.pk)
    found = Plan.objects.filter(version=version, seed=seed).select_related("job").first()
    if found and (found.artifact_id or not found.job.is_over):
        return found
    project = version.curriculum.project
    rows = _rows_named(version.draft, project)
    tokenizer = rows[version.draft["tokenizer"]]
    after = [row.job for row in rows.values()]
    for row in list(rows.values()):
        if isinstance(row, DatasetVersion):
            after += datasets.tokenize_version(version=row, tokenizer=tokenizer, by=by).awaited
    title = f"Plan {version.curriculum.name} version {version.number}, seed {seed}"
    job = jobs.enqueue(project=project, kind="plan", title=title, queue="cpu", by=by, after=after)
    if found:
        found.job = job
        found.save(update_fields=["job"])
        return found
    return Plan.objects.create(version=version, seed=seed, job=job)


def datasets_of(version: CurriculumVersion) -> list[DatasetVersion]:
    """The dataset versions that a curriculum version draws from, in order of first use."""
    rows = _rows_named(version.draft, version.curriculum.project)
    return [row for row in rows.values() if isinstance(row, DatasetVersion)]


def tokenizer_of(version: CurriculumVersion) -> Tokenizer:
    return _rows_named(version.draft, version.curriculum.project)[version.draft["tokenizer"]]


def score_sets_of(version: CurriculumVersion) -> list[ScoreSet]:
    rows = _rows_named(version.draft, version.curriculum.project)
    return [row for row in rows.values() if isinstance(row, ScoreSet)]


def enter_plan(*, job: Job, artifact: Artifact) -> None:
    Plan.objects.filter(job=job).update(artifact=artifact)


def document_of(version: CurriculumVersion) -> dict:
    return json.loads(version.document)


def preview_draft(*, draft: dict, project: Project, batch: int = BATCH) -> Preview:
    """What a draft would do, its meters in batches of ``batch`` samples. Nothing is made of it; ``UserError`` where a version
    of it would be refused."""
    rows = _rows_named(draft, project)
    _refuse_foreign_scores(draft, rows)
    return _seen(specs.freeze(specs.parse(specs.Curriculum, _with_digests(draft, rows))), draft, rows, batch=batch)


def _seen(document: dict, draft: dict, rows: dict, *, drawn: bool = True, batch: int = BATCH) -> Preview:
    """The preview of a draft whose ``document`` has every default filled in. Only the data can tell of unknown domains,
    nothing kept, a window or a budget larger than what there is: the first such fault is raised."""
    full = copy.deepcopy(document) | {"tokenizer": str(rows[draft["tokenizer"]].pk)}
    for phase, drafted in zip(full["phases"], draft["phases"], strict=True):
        for stream, named in zip(phase["streams"], drafted["streams"], strict=True):
            keys = {key: str(rows[named[key]].pk) for key in ("dataset", "scores") if named.get(key) is not None}
            stream |= keys
    found = preview_of(full, choices_among(rows.values()), drawn=drawn, batch=batch)
    fault = next((error for error in found.errors if error.field), None)  # no field: a stored file cannot be read now
    if fault:
        raise fault
    return found


def _rows_named(draft: dict, project: Project) -> dict[str, Tokenizer | DatasetVersion | ScoreSet]:
    """The rows that a draft names, by id; ``UserError`` at the field of one that the project does not have."""
    named = [("tokenizer", draft.get("tokenizer"), Tokenizer.objects.filter(project=project))]
    for at, phase in _mappings(draft.get("phases"), "phases"):
        for where, stream in _mappings(phase.get("streams"), f"{at}.streams"):
            versions = DatasetVersion.objects.filter(dataset__project=project)
            named.append((f"{where}.dataset", stream.get("dataset"), versions.select_related("dataset")))
            if stream.get("scores") is not None:
                scores = ScoreSet.objects.filter(version__dataset__project=project)
                named.append((f"{where}.scores", stream["scores"], scores.select_related("version")))
    rows = {}
    for field, key, queryset in named:
        if not isinstance(key, str):
            raise UserError(f"{field} is the id of a row, as text.", field=field)
        if not isinstance(rows.get(key), queryset.model):
            rows[key] = _one(queryset.select_related("job", "artifact"), key, field)
    return rows


def _refuse_foreign_scores(draft: dict, rows: dict) -> None:
    """``UserError`` at scores that are of other samples than their stream's: they are read by the samples' places."""
    for i, phase in enumerate(draft.get("phases") or []):
        for j, stream in enumerate(phase.get("streams") or []):
            if stream.get("scores") is None:
                continue
            scored, version = rows[stream["scores"]].version, rows[stream["dataset"]]
            if scored != version and (scored.artifact_id is None or scored.artifact_id != version.artifact_id):
                raise UserError(
                    "This score set was computed on another dataset version: choose one of this dataset.",
                    field=f"phases.{i}.streams.{j}.scores",
                )


def _mappings(given, field: str) -> list[tuple[str, dict]]:
    """(path, mapping) of each entry of a list that a draft holds; ``UserError`` where it holds anything else."""
    given = given or []
    if not isinstance(given, list):
        raise UserError(f"{field} is a list.", field=field)
    if len(given) > MOST_ENTRIES:
        raise UserError(f"{field} has {len(given):,} entries: at most {MOST_ENTRIES} are taken.", field=field)
    found = [(f"{field}.{i}", entry) for i, entry in enumerate(given)]
    if wrong := next((path for path, entry in found if not isinstance(entry, dict)), None):
        raise UserError(f"{wrong} is a mapping of fields to values.", field=wrong)
    return found


def _one(queryset, key, field: str):
    try:
        return queryset.get(pk=key)
    except (queryset.model.DoesNotExist, ValidationError, ValueError, TypeError):
        kind = queryset.model._meta.verbose_name
        raise UserError(f"This project has no {kind} {key}.", field=field) from None


def _with_digests(draft: dict, rows: dict) -> dict:
    """The draft with every row id replaced by the digest of the row's artifact."""

    def digest(key):
        artifact = rows[key].artifact
        return artifact.digest if artifact else UNKNOWN

    document = copy.deepcopy(draft)
    document["tokenizer"] = digest(draft["tokenizer"])
    for phase in document["phases"]:
        for stream in phase["streams"]:
            stream["dataset"] = digest(stream["dataset"])
            if stream.get("scores") is not None:
                stream["scores"] = digest(stream["scores"])
    return document
