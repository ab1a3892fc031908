"""Reads of the first page: what needs the person, what runs, and what is over since they looked."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.accounts.selectors import projects_of
from apps.common import disk
from apps.jobs import notices
from apps.jobs.models import Job, Status
from apps.shares.models import ShareLink

#: Rows of each panel; its own page has them all.
SHOWN = 5
#: A share link is worth a word so long before it closes.
SOON = timedelta(days=3)
#: Seconds until the page asks again while nothing of one's own runs: somebody else may begin something.
QUIETLY = 30


@dataclass(frozen=True, slots=True)
class Part:
    """The first rows of a panel, and whether there are more."""

    rows: list
    more: bool


def page(user: User) -> dict:
    projects = projects_of(user)
    running = _part(_under_way(user).filter(status=Status.RUNNING).order_by("-started_at"))
    queued = _under_way(user).filter(status=Status.QUEUED).order_by()[: notices.COUNTED].count() if projects else 0
    every = settings.POLL_RUNNING if running.rows else QUIETLY
    return {
        "projects": projects,
        "demo": any(project.is_demo for project in projects),
        "running": running,
        "queued": queued,
        "most": notices.COUNTED,
        "finished": _part(notices.new(user).exclude(status=Status.FAILED)),
        "needs": needs(user),
        "poll": int(every) if float(every).is_integer() else every,
    }


def needs(user: User) -> dict:
    """What waits for the person: what they asked for and failed, links about to close, and for staff a disk that runs low."""
    closing = ShareLink.objects.visible_to(user).filter(
        Q(created_by_id=user.pk) | Q(project__memberships__user_id=user.pk, project__memberships__role=Role.OWNER),
        revoked_at=None,
        expires_at__gt=timezone.now(),
        expires_at__lt=timezone.now() + SOON,
    )
    failed = _part(notices.new(user).filter(status=Status.FAILED))
    links = _part(closing.select_related("project").order_by("expires_at").distinct())
    low = disk.free_bytes() if user.is_staff and disk.runs_low() else None
    return {"failed": failed, "links": links, "disk": low, "any": bool(failed.rows or links.rows or low is not None)}


def _under_way(user: User):
    return Job.objects.visible_to(user).select_related("project")


def _part(rows) -> Part:
    found = list(rows[: SHOWN + 1])
    return Part(found[:SHOWN], len(found) > SHOWN)
