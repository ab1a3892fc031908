"""Rows for service tests, made by the services themselves; `done` ends a job's work as a worker would."""

import hashlib

from apps.curricula import services as curricula
from apps.datasets import services as datasets
from apps.jobs.models import Artifact, Job, Status

RECIPE = {"model": {"preset": "llama-1m"}, "batch_size": 2, "context": 16}


def artifact(kind: str, label: str, **meta) -> Artifact:
    digest = hashlib.sha256(f"{kind}/{label}".encode()).hexdigest()
    return Artifact.objects.create(kind=kind, digest=digest, size=1, meta=meta)


def done(row, kind: str, **meta):
    """The row as if its job had succeeded and left an artifact."""
    row.artifact = artifact(kind, str(row.pk), **meta)
    row.save(update_fields=["artifact"])
    Job.objects.filter(pk=row.job_id).update(status=Status.SUCCEEDED)
    row.refresh_from_db()
    return row


def dataset(project, by, name="prose"):
    return datasets.import_dataset(project=project, name=name, source={"kind": "file", "path": "x.jsonl"}, by=by)


def tokenizer(project, by, versions):
    return datasets.train_tokenizer(project=project, name="bpe", versions=versions, vocab_size=512, by=by)


def draft(tokenizer, version, *, tokens=640, **stream):
    streams = [{"name": "only", "dataset": str(version.pk), **stream}]
    return {"tokenizer": str(tokenizer.pk), "phases": [{"name": "main", "tokens": tokens, "streams": streams}]}


def curriculum(project, by, *, name="plain", **stream):
    """(curriculum version, dataset version, tokenizer), all still being made."""
    version = dataset(project, by, name=f"data of {name}")
    bpe = tokenizer(project, by, [version])
    made = curricula.create_curriculum(project=project, name=name, draft=draft(bpe, version, **stream), by=by)
    return made, version, bpe
