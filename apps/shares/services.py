"""Writes on share links: creating, revoking, and the exchange of a token for a look."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Project, User
from apps.audit.services import record
from apps.runs.models import Run
from apps.shares import snapshots
from apps.shares.models import Picture, ShareLink, Snapshot, SnapshotChunk
from apps.shares.selectors import shared_runs
from gradatim.errors import UserError

#: what a comparison page shows when it is shared; sample text is never among it
SHOWS = {"curves": True, "gaps": True, "settings": True, "samples": False}
MAX_DAYS = 365
MAX_RUNS = 50


@transaction.atomic
def create_share(
    *,
    project: Project,
    title: str,
    runs: list[str],
    by: User,
    question: str = "",
    view: dict | None = None,
    days: int | None = None,
    frozen: bool = False,
) -> tuple[ShareLink, str]:
    """A link to a list of runs (their ids, in order), and its address. The token is in the address only: it cannot be shown again.

    ``frozen``: it goes on showing what the comparison shows now, whatever becomes of the runs.
    """
    days = settings.SHARE_DAYS if days is None else days
    if not title.strip():
        raise UserError("Give the shared page a title, so that its readers know what they see.", field="title")
    if not runs or len(runs) > MAX_RUNS:
        raise UserError(f"Share between 1 and {MAX_RUNS} runs.", field="runs")
    runs = [str(key) for key in dict.fromkeys(runs)]
    if Run.objects.filter(project=project, pk__in=runs).count() != len(runs):
        raise UserError("All runs of a share link belong to one project.", field="runs")
    if not 1 <= days <= MAX_DAYS:
        raise UserError(f"A share link lasts between 1 and {MAX_DAYS} days.", field="days")
    token = _token()
    link = ShareLink.objects.create(
        project=project,
        title=title.strip(),
        question=question.strip(),
        token_hash=hash_of(token),
        runs=runs,
        view=view or {},
        shows=dict(SHOWS),
        expires_at=timezone.now() + timedelta(days=days),
        created_by=by,
    )
    if frozen:
        _freeze(link)
    said = f"{len(runs)} run{'' if len(runs) == 1 else 's'}, for {days} day{'' if days == 1 else 's'}{', frozen' if frozen else ''}."
    record(kind="share.create", by=by, project=project, on=link, name=link.title, sentence=said, runs=runs)
    return link, address_of(token)


@transaction.atomic
def rotate(*, link: ShareLink, by: User) -> tuple[ShareLink, str]:
    """Another address for the same link: the old one, and every visit through it, is over. What it shows and its end stay."""
    link = ShareLink.objects.select_for_update(of=["self"]).select_related("project").get(pk=link.pk)
    if link.revoked_at or link.expires_at <= timezone.now():
        raise UserError("This link is no longer open: share the comparison anew.")
    token = _token()
    link.token_hash = hash_of(token)
    link.save(update_fields=["token_hash"])
    record(kind="share.rotate", by=by, project=link.project, on=link, name=link.title)
    return link, address_of(token)


@transaction.atomic
def revoke(*, link: ShareLink, by: User) -> ShareLink:
    """Nobody sees anything through the link from the next request on. Revoking twice keeps the first time."""
    if ShareLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now()):
        _forget(link=link)
        record(kind="share.revoke", by=by, project=link.project, on=link, name=link.title)
    link.refresh_from_db()
    return link


@transaction.atomic
def open_share(*, token: str, by: User | None = None) -> ShareLink | None:
    """Count one exchange of a token; None where it is unknown, expired or revoked: the caller cannot tell which."""
    found = _open_links(token)
    if not found.update(opens=F("opens") + 1, last_opened_at=timezone.now()):
        return None
    if link := found.select_related("project").first():
        record(kind="share.open", by=by, project=link.project, on=link, name=link.title)
    return link


def forget_expired() -> None:
    """Nobody sees any more what links kept that have expired: it goes."""
    _forget(link__expires_at__lt=timezone.now())


def find_share(*, token: str) -> ShareLink | None:
    """The link that a token opens, without counting it as an opening."""
    return _open_links(token).first()


def address_of(token: str) -> str:
    return settings.BASE_URL.rstrip("/") + reverse("shared:open", args=[token])


def _freeze(link: ShareLink) -> None:
    runs = shared_runs(link)
    link.frozen_at = timezone.now()
    link.save(update_fields=["frozen_at"])
    snapshots.keep(link=link, runs=runs)


def _forget(**links) -> None:
    for model in (SnapshotChunk, Snapshot, Picture):
        model.objects.filter(**links).delete()


def _token() -> str:
    return secrets.token_urlsafe(32)


def _open_links(token: str):
    return ShareLink.objects.filter(token_hash=hash_of(token), revoked_at=None, expires_at__gt=timezone.now())


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
