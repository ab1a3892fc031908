"""Into the trash, out of it again, and gone for good. Nothing goes that something else still needs."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Model, ProtectedError
from django.db.models.functions import Now

from apps.accounts.models import User
from apps.audit.services import record
from apps.common.templatetags.ui import size
from apps.jobs import artifacts
from apps.runs import saved_views
from apps.trash import belongings
from apps.trash.kinds import KINDS, Kind, project_of
from gradatim.errors import UserError

log = logging.getLogger(__name__)


@transaction.atomic
def put(*, kind: Kind, row: Model, by: User) -> None:
    """Into the trash; ``UserError`` lists what still needs it."""
    row = kind.model.with_trash.select_for_update(of=("self",)).get(pk=row.pk)
    if row.trashed_at:
        return
    if needs := kind.needs(row):
        raise UserError(f"This {kind.words} is still needed: {'; '.join(needs)}.")
    kind.model.with_trash.filter(pk=row.pk).update(trashed_at=Now(), trashed_by=by)
    record(kind="trash.put", by=by, project=project_of(row), on=row, name=row.name)


@transaction.atomic
def restore(*, kind: Kind, row: Model, by: User) -> None:
    """Out of the trash again; ``UserError`` where its name was given away meanwhile."""
    try:
        with transaction.atomic():
            moved = kind.model.with_trash.filter(pk=row.pk, trashed_at__isnull=False).update(
                trashed_at=None, trashed_by=None
            )
    except IntegrityError:
        raise UserError(
            f"There is another {kind.words} “{row.name}” now: rename or delete that one, then restore this one."
        ) from None
    if moved:
        record(kind="trash.restore", by=by, project=project_of(row), on=row, name=row.name)


@transaction.atomic
def purge(*, kind: Kind, row: Model, by: User | None) -> int:
    """Delete what lies in the trash for good; how many bytes that frees. ``by`` is None where its time was up."""
    row = kind.model.with_trash.select_for_update(of=("self",)).get(pk=row.pk)
    if not row.trashed_at:
        raise UserError(f"This {kind.words} is not in the trash: put it there first.")
    if needs := kind.needs(row):
        raise UserError(f"This {kind.words} is still needed: {'; '.join(needs)}.")
    project, owned = project_of(row), belongings.of(row)
    try:
        with transaction.atomic():
            row.delete()
    except ProtectedError as error:
        log.warning("The %s %s is protected: %s", kind.words, row.pk, error)
        raise UserError(f"This {kind.words} is still needed by something else: it cannot be deleted.") from None
    freed = artifacts.free(artifacts=owned.artifacts, jobs=owned.jobs)
    sentence = f"{size(freed)} were freed."
    record(kind="trash.purge", by=by, project=project, name=row.name, sentence=sentence, what=kind.name, bytes=freed)
    return freed


def purge_expired() -> int:
    """Delete for good what has been in the trash for ``TRASH_DAYS``; how many rows went. One that cannot go stays."""
    before, gone = Now() - timedelta(days=settings.TRASH_DAYS), 0
    # What needs others comes first: a run before the curriculum that it was trained with.
    for name in ("comparison", "run", "suite", "score-set", "curriculum", "tokenizer", "dataset"):
        kind = KINDS[name]
        for row in kind.model.with_trash.filter(trashed_at__lt=before).order_by("-created_at"):
            try:
                purge(kind=kind, row=row, by=None)
                gone += 1
            except UserError as error:
                log.info("Left in the trash: %s", error.sentence)
    return gone + saved_views.purge()
