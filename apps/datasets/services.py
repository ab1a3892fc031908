"""Writes on datasets and tokenizers. Each starts a job; what the job makes is entered when it ends."""

from django.db import transaction

from apps.accounts.models import Project, User
from apps.datasets.models import Dataset, DatasetVersion, TokenizedVersion, Tokenizer
from apps.jobs import services as jobs
from apps.jobs.models import Artifact, Job


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
) -> DatasetVersion:
    """Queue the import of ``source`` as the next version of the project's dataset ``name``, made where it is new."""
    dataset, _ = Dataset.objects.select_for_update().get_or_create(
        project=project, name=name, defaults={"description": description, "licence": licence}
    )
    number = dataset.versions.count() + 1
    job = jobs.enqueue(
        project=project, kind="import_dataset", title=f"Import {name} version {number}", queue="cpu", by=by
    )
    return DatasetVersion.objects.create(dataset=dataset, number=number, source=source, on_bad=on_bad, job=job)


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
def tokenize_version(*, version: DatasetVersion, tokenizer: Tokenizer, by: User | None) -> TokenizedVersion:
    """The tokens of a version under a tokenizer: those there are, else a queued job that makes them."""
    DatasetVersion.objects.select_for_update().get(pk=version.pk)
    found = TokenizedVersion.objects.filter(version=version, tokenizer=tokenizer).select_related("job").first()
    if found and (found.artifact_id or not found.job.is_over):
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
    DatasetVersion.objects.filter(job=job).update(artifact=artifact, report=report)


def enter_tokenizer(*, job: Job, artifact: Artifact) -> None:
    Tokenizer.objects.filter(job=job).update(artifact=artifact, vocab_size=artifact.meta["vocab_size"])


def enter_tokens(*, job: Job, artifact: Artifact) -> None:
    TokenizedVersion.objects.filter(job=job).update(artifact=artifact)
