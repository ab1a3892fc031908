"""What becomes of files when rows go: artifacts that nothing refers to any more, and the folders of jobs."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, ForeignKey, Model, OuterRef, QuerySet

from apps.jobs.models import Artifact
from apps.site.storage import store
from gradatim.artifacts import MANIFEST

#: (model, column) of every reference to an artifact; a new one is found by itself.
REFERENCES: list[tuple[type[Model], str]] = []


def references() -> list[tuple[type[Model], str]]:
    if not REFERENCES:
        relations = Artifact._meta.get_fields(include_hidden=True)
        found = [r.field for r in relations if r.one_to_many and isinstance(r.field, ForeignKey)]
        REFERENCES.extend((field.model, field.attname) for field in found)
    return REFERENCES


def unreferenced() -> QuerySet[Artifact]:
    """Artifacts that no row needs."""
    rows = Artifact.objects.all()
    for model, column in references():
        rows = rows.filter(~Exists(model._base_manager.filter(**{column: OuterRef("pk")})))
    return rows


def free(*, artifacts: Iterable[UUID], jobs: Iterable[UUID] = ()) -> int:
    """Within a transaction: delete those of the artifacts that nothing needs any more, and the folders of the jobs.

    Files go once it is committed. How many bytes that frees; hard links that job folders share with artifacts count once.
    """
    loose = list(unreferenced().filter(pk__in=list(artifacts)))
    folders = [store().path(row.kind, row.digest) for row in loose]
    rooms = [Path(settings.JOBS_ROOT) / str(job) for job in jobs]
    freed = sum(row.size for row in loose) + sum(bytes_of(room) for room in rooms)
    Artifact.objects.filter(pk__in=[row.pk for row in loose]).delete()
    transaction.on_commit(lambda: [_remove(path) for path in (*folders, *rooms)])
    return freed


def bytes_of(folder: Path) -> int:
    """What the files of a folder take that no other name of the same file holds."""
    sizes = (path.lstat() for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(stat.st_size for stat in sizes if stat.st_nlink == 1)


def _remove(folder: Path) -> None:
    # Without its manifest it is no artifact any more, however the removal of the rest ends.
    (folder / MANIFEST).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
