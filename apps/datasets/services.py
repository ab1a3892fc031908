"""Writes on datasets and tokenizers. Each starts a job; what the job makes is entered when it ends."""

from pathlib import Path

from django.db import IntegrityError, transaction

from apps.accounts.models import Project, User
from apps.audit.services import record
from apps.common import lookup
from apps.datasets import sources
from apps.datasets.models import Dataset, DatasetExport, DatasetVersion, SourceFile, TokenizedVersion, Tokenizer
from apps.jobs import services as jobs
from apps.jobs.models import Artifact, Job, Status
from gradatim.errors import UserError

ENDED_BADLY = (Status.FAILED, Status.CANCELLED)


@transaction.atomic
def import_dataset(
    *,
    project: Project,
    name: str,
    source: dict,
    by: User,
    on_bad: str = "stop",
    description: str = "",
    licence: str = "",
    file: SourceFile | None = None,
) -> DatasetVersion:
    """Queue the import of ``source`` as the next version of the project's dataset ``name``, made where it is new.

    With ``file`` the source has no path of its own: the worker looks up where the file lies. A version of that file whose
    import ended badly takes the place of a new one.
    """
    dataset, made = Dataset.objects.select_for_update().get_or_create(
        project=project, name=name, defaults={"description": description, "licence": licence}
    )
    if made:
        record(kind="dataset.create", by=by, project=project, on=dataset, name=name)
    unmade = dataset.versions.filter(file=file, artifact=None)
    same = file and unmade.filter(source=source, on_bad=on_bad).exclude(job__status__in=ENDED_BADLY).first()
    if same:  # the form was sent twice
        return same
    failed = file and unmade.filter(job__status__in=ENDED_BADLY).first()
    if failed:  # the same file with another mapping: the version that was not made is made after all
        failed.source, failed.on_bad = source, on_bad
        failed.job = _import_job(dataset, failed.number, by)
        failed.save(update_fields=["source", "on_bad", "job"])
        return failed
    number = dataset.versions.count() + 1
    job = _import_job(dataset, number, by)
    return DatasetVersion.objects.create(
        dataset=dataset, number=number, source=source, on_bad=on_bad, job=job, file=file
    )


@transaction.atomic
def import_again(*, version: DatasetVersion, on_bad: str, by: User) -> DatasetVersion:
    """Queue another import of a version that was not made, from the same file; ``UserError`` where that is gone."""
    version = (
        DatasetVersion.objects.select_for_update(of=("self",))
        .select_related("dataset", "file", "job")
        .get(pk=version.pk)
    )
    if version.artifact_id or not version.job.is_over:
        raise UserError("This version is made or being made already.")
    if version.file:
        sources.locate(version.file)
    again = _import_job(version.dataset, version.number, by, retry_of=version.job)
    version.job, version.on_bad = again, on_bad
    version.save(update_fields=["job", "on_bad"])
    return version


def _import_job(dataset: Dataset, number: int, by: User, retry_of: Job | None = None) -> Job:
    about = {"kind": "import_dataset", "title": f"Import {dataset.name} version {number}", "queue": "cpu"}
    return jobs.enqueue(project=dataset.project, by=by, retry_of=retry_of, **about)


@transaction.atomic
def edit_dataset(*, dataset: Dataset, name: str, description: str, licence: str, by: User) -> Dataset:
    """Change what a dataset is called and what is noted of it; its versions stay as they are."""
    before, dataset.name, dataset.description, dataset.licence = dataset.name, name, description, licence
    try:
        with transaction.atomic():  # the constraint decides: somebody else may take the name at this moment
            dataset.save(update_fields=["name", "description", "licence"])
    except IntegrityError:
        dataset.refresh_from_db()
        raise UserError("Another dataset of this project has this name.", field="name") from None
    said = f"It was called {before}." if before != name else "Its notes or licence."
    record(kind="dataset.edit", by=by, project=dataset.project, on=dataset, name=name, sentence=said)
    return dataset


@transaction.atomic
def export_version(*, version: DatasetVersion, format: str, selection: dict, by: User) -> DatasetExport:
    """Queue the export of a version's samples, all or those of ``selection``, as one file."""
    title = f"Export {version.dataset.name} version {version.number}"
    job = jobs.enqueue(project=version.dataset.project, kind="export_dataset", title=title, queue="cpu", by=by)
    return DatasetExport.objects.create(version=version, format=format, selection=selection, job=job)


def take_export(*, export: DatasetExport, by: User) -> Path:
    """The file of a finished export, for somebody who takes it away."""
    version, meta = export.version, export.artifact.meta
    name = f"{version.dataset.name} version {version.number}"
    record(kind="export.download", by=by, project=version.dataset.project, on=export, name=name)
    return lookup.folder(export.artifact) / meta["file"]


@transaction.atomic
def train_tokenizer(
    *, project: Project, name: str, versions: list[DatasetVersion], vocab_size: int, by: User
) -> Tokenizer:
    """Queue the training of a byte-level BPE tokenizer on dataset versions (their held-out part left aside)."""
    job = jobs.enqueue(
        project=project,
        kind="train_tokenizer",
        title=f"Train tokenizer {name}",
        queue="cpu",
        by=by,
        after=[version.job for version in versions],
    )
    tokenizer = Tokenizer.objects.create(project=project, name=name, vocab_size=vocab_size, job=job)
    tokenizer.trained_on.set(versions)
    return tokenizer


@transaction.atomic
def tokenize_version(
    *, version: DatasetVersion, tokenizer: Tokenizer, by: User | None, prompts: bool = False
) -> TokenizedVersion:
    """The tokens of a version under a tokenizer: those there are, else a queued job that makes them.

    ``prompts``: those of an installation before prompts were counted do not do and are made again, the same with that count.
    """
    DatasetVersion.objects.select_for_update().get(pk=version.pk)
    found = (
        TokenizedVersion.objects.filter(version=version, tokenizer=tokenizer).select_related("job", "artifact").first()
    )
    usable = found and found.artifact_id and not (prompts and "prompts" not in found.artifact.meta)
    if found and (usable or not found.job.is_over):
        return found
    job = jobs.enqueue(
        project=version.dataset.project,
        kind="tokenize",
        title=f"Tokenize {version.dataset.name} version {version.number}",
        queue="cpu",
        by=by,
        after=[version.job, tokenizer.job],
    )
    if found:
        found.job = job
        found.save(update_fields=["job"])
        return found
    return TokenizedVersion.objects.create(version=version, tokenizer=tokenizer, job=job)


def enter_dataset(*, job: Job, artifact: Artifact, report: dict) -> None:
    """Enter what an import made; an uploaded file has done its duty and goes, unless another version needs it."""
    version = DatasetVersion.objects.select_related("file").get(job=job)
    version.artifact, version.report = artifact, report
    version.save(update_fields=["artifact", "report"])
    if version.file and not version.file.versions.filter(artifact=None).exists():
        sources.discard(file=version.file)


def enter_export(*, job: Job, artifact: Artifact) -> None:
    DatasetExport.objects.filter(job=job).update(artifact=artifact)


def enter_tokenizer(*, job: Job, artifact: Artifact) -> None:
    Tokenizer.objects.filter(job=job).update(artifact=artifact, vocab_size=artifact.meta["vocab_size"])


def enter_tokens(*, job: Job, artifact: Artifact) -> None:
    TokenizedVersion.objects.filter(job=job).update(artifact=artifact)
