"""Writes on source files: uploads that grow piece by piece, and files registered from a folder of the server."""

from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import Project, User
from apps.audit import refusals
from apps.datasets import roots, uploads
from apps.datasets.models import Dataset, SourceFile
from apps.jobs.models import Status
from gradatim.corpora import preview
from gradatim.corpora.streams import File
from gradatim.errors import UserError

#: An upload that was not imported in this many days is removed when the next one begins.
KEPT_DAYS = 7
#: key of the advisory lock under which uploads begin
_BEGINNING = 0x67726462
#: So many first bytes tell whether the content is what the name says.
SNIFFED = 4096


class Misplaced(Exception):
    """A piece does not begin where the file ends; ``args[0]`` is where it does."""


def locate(file: SourceFile) -> File:
    """The file on this machine; ``UserError`` where it is gone or its folder is not offered any more."""
    if file.root:
        return File(roots.locate_file(file.root, file.path), file.name)
    if file.removed or not uploads.path_of(file.pk).is_file():
        raise UserError(f"The uploaded file {file.name} is not kept any more: upload it again.", field="file")
    return File(uploads.path_of(file.pk), file.name)


@transaction.atomic
def start_upload(
    *, project: Project, name: str, size: int, fingerprint: str, by: User, dataset: Dataset | None = None
) -> SourceFile:
    """A new upload, or this person's interrupted one of the same file, which goes on where it broke off."""
    bare = uploads.clean_name(name)
    uploads.check_size(size)
    with connection.cursor() as cursor:  # of two that begin at once, the second knows of the first
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_BEGINNING])
    _forget_stale(project)
    if "\x00" in fingerprint:
        raise UserError("A fingerprint holds no NUL character: leave it out.", field="fingerprint")
    same = {"name": bare, "size": size, "fingerprint": fingerprint[:300]}
    begun = SourceFile.objects.filter(project=project, created_by=by, complete=False, removed=False, **same)
    if fingerprint and (found := begun.order_by("created_at").last()):
        uploads.check_room(size - uploads.received(found.pk), promised=_promised(but=found))
        found.dataset = dataset
        found.save(update_fields=["dataset"])
        return found
    uploads.check_room(size, promised=_promised())
    return SourceFile.objects.create(project=project, created_by=by, dataset=dataset, **same)


@transaction.atomic
def add_piece(*, file: SourceFile, offset: int, data: bytes) -> SourceFile:
    """Append a piece. ``Misplaced`` where it belongs elsewhere, ``UserError`` where the content is not the name's."""
    row = SourceFile.objects.select_for_update().get(pk=file.pk)
    if row.removed:  # no piece of it may come to lie where nobody looks any more
        raise UserError(f"The uploaded file {row.name} is not kept any more: upload it again.", field="file")
    there = uploads.received(row.pk)
    if row.complete or offset != there:
        raise Misplaced(there)
    if there + len(data) > row.size:
        raise UserError("More arrives than the file was said to hold: start again.", field="file")
    now = uploads.append(row.pk, data)
    if there < SNIFFED <= now or now == row.size:
        preview.check_content(File(uploads.path_of(row.pk), row.name))
    if now == row.size:
        row.complete = True
        row.save(update_fields=["complete"])
    return row


def upload_whole(*, project: Project, upload, by: User, dataset: Dataset | None = None) -> SourceFile:
    """The file of a plain post; ``UserError`` (field ``file``) where it cannot be taken."""
    row = start_upload(project=project, name=upload.name, size=upload.size, fingerprint="", by=by, dataset=dataset)
    try:
        uploads.write_all(row.pk, upload.chunks())
        preview.check_content(File(uploads.path_of(row.pk), row.name))
    except UserError as error:
        discard(file=row)
        raise UserError(error.sentence, field="file") from None
    row.complete = True
    row.save(update_fields=["complete"])
    return row


def register(*, project: Project, root: str, path: str, by: User, dataset: Dataset | None = None) -> SourceFile:
    """A file below a configured folder; ``UserError`` (field ``root`` or ``path``) where it cannot be imported."""
    with refusals.recorded(project=project, by=by):
        found = roots.locate_file(root, path)
    try:
        preview.check_content(File(found, found.name))
    except UserError as error:
        raise UserError(error.sentence, field="path") from None
    row = SourceFile(project=project, created_by=by, dataset=dataset, name=found.name, root=root, path=path)
    row.size, row.complete = found.stat().st_size, True
    row.save()
    return row


def listing(*, project: Project, root: str, path: str, by: User) -> list[roots.Entry]:
    """What a page lists of a configured folder."""
    with refusals.recorded(project=project, by=by):
        return roots.listing(root, path)


@transaction.atomic
def discard(*, file: SourceFile) -> None:
    """The bytes of an upload go with the commit; a file in a folder of the server is not ours to remove."""
    if not file.root:
        SourceFile.objects.filter(pk=file.pk).update(removed=True)
        transaction.on_commit(lambda: uploads.remove(file.pk))


def _promised(but: SourceFile | None = None) -> int:
    """Bytes that unfinished uploads of all projects may still bring; one that has been silent for a day counts no more."""
    now = timezone.now()
    rows = SourceFile.objects.filter(root="", complete=False, removed=False)
    rows = rows.filter(created_at__gte=now - timedelta(days=KEPT_DAYS)).exclude(pk=but.pk if but else None)
    silent, total = (now - timedelta(days=1)).timestamp(), 0
    for row in rows:
        there, at = uploads.arrival(row.pk)
        if max(at, row.created_at.timestamp()) > silent:
            total += max(0, row.size - there)
    return total


def _forget_stale(project: Project) -> None:
    old = timezone.now() - timedelta(days=KEPT_DAYS)
    rows = project.source_files.filter(root="", removed=False, created_at__lt=old)
    for row in rows.exclude(versions__job__status__in=(Status.QUEUED, Status.RUNNING)):
        discard(file=row)
