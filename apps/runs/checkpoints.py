"""What becomes of a run's checkpoint after training: its files for download, kept on purpose, or deleted."""

import json
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import record
from apps.jobs import artifacts
from apps.jobs.models import TERMINAL, Artifact
from apps.runs.models import Run
from apps.scores.models import ScoreSet
from apps.site.storage import store
from gradatim.artifacts import MANIFEST
from gradatim.errors import UserError


def files_of(run: Run) -> list[dict]:
    """name and size of each file of the run's checkpoint, the largest first; none where the store does not hold it."""
    if not run.checkpoint:
        return []
    try:
        manifest = json.loads((_folder(run.checkpoint) / MANIFEST).read_bytes())
    except OSError:
        return []
    files = [{"name": name, "size": entry["size"]} for name, entry in manifest["files"].items()]
    return sorted(files, key=lambda file: -file["size"])


def file_of(run: Run, name: str) -> Path | None:
    """The path of one of :func:`files_of`; None for any other name."""
    known = {file["name"] for file in files_of(run)}
    return _folder(run.checkpoint) / name if name in known else None


def take(*, run: Run, name: str, by: User) -> Path | None:
    """:func:`file_of`, for somebody who takes the file away."""
    path = file_of(run, name)
    if path is None or not path.is_file():
        return None
    record(kind="checkpoint.download", by=by, project=run.project, on=run, name=run.name, sentence=f"{name}.")
    return path


def users_of(run: Run) -> list[str]:
    """What needs the checkpoint, in words: runs that start from it and score sets made with it, in the trash or not, and evaluations
    of it that are not over."""
    runs = Run.with_trash.filter(base=run).order_by("created_at").values_list("name", flat=True)
    sets = ScoreSet.with_trash.filter(checkpoint_of=run).order_by("created_at").values_list("name", flat=True)
    asked = (
        run.evaluations.exclude(job__status__in=TERMINAL).order_by("created_at").values_list("job__title", flat=True)
    )
    return [
        *(f"the run {name}" for name in runs),
        *(f"the score set {name}" for name in sets),
        *(f"“{job}”" for job in asked),
    ]


@transaction.atomic
def pin(*, run: Run, pinned: bool) -> None:
    """A pinned checkpoint is not deleted before somebody takes the pin away."""
    Run.objects.filter(pk=run.pk).update(checkpoint_pinned=pinned)


@transaction.atomic
def delete(*, run: Run, by: User) -> int:
    """Delete the checkpoint, series and certificate stay; how many bytes that frees once it is committed."""
    run = Run.objects.select_for_update(of=["self"]).select_related("checkpoint", "project").get(pk=run.pk)
    if not run.checkpoint:
        raise UserError("This run has no checkpoint.")
    if run.checkpoint_pinned:
        raise UserError("This checkpoint is pinned: take the pin away first.")
    if users := users_of(run):
        raise UserError(f"This checkpoint is needed: {', '.join(users)}.")
    artifact, run.checkpoint, run.checkpoint_deleted_at = run.checkpoint, None, timezone.now()
    run.save(update_fields=["checkpoint", "checkpoint_deleted_at"])
    gone = {"digest": artifact.digest, "bytes": artifact.size}
    record(kind="checkpoint.delete", by=by, project=run.project, on=run, name=run.name, **gone)
    return artifacts.free(artifacts=[artifact.pk])


def _folder(artifact: Artifact) -> Path:
    return store().path(artifact.kind, artifact.digest)
