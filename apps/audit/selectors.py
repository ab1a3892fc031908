"""Reads of the audit, newest first."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse

from apps.accounts.models import Project
from apps.audit.kinds import word_of
from apps.audit.models import Entry

#: kind of object -> address of its page
PAGES = {
    "project": "accounts:project",
    "dataset": "datasets:detail",
    "curriculumversion": "curricula:version",
    "run": "runs:detail",
    "job": "jobs:detail",
}
COLUMNS = ("time (UTC)", "who", "API token", "address", "what", "project", "on", "name", "details")


def entries(
    *,
    project: Project | None = None,
    person: str = "",
    kind: str = "",
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[Entry]:
    """Entries of a project, or of the whole installation; ``since`` and ``until`` are days in UTC, both included."""
    rows = Entry.objects.order_by("-id")
    if project:
        rows = rows.filter(project=project)
    if person:
        rows = rows.filter(actor_name=person)
    if kind:
        rows = rows.filter(kind=kind)
    if since:
        rows = rows.filter(at__gte=_midnight(since))
    if until:
        rows = rows.filter(at__lt=_midnight(until) + timedelta(days=1))
    return rows


def linked(rows: Iterable[Entry]) -> None:
    """Give each entry the ``url`` of what it was done to; "" where that has no page."""
    for row in rows:
        page = PAGES.get(row.object_kind)
        row.url = reverse(page, args=[row.object_id]) if page else ""


def lines(rows: QuerySet[Entry]) -> Iterator[tuple]:
    """The entries as a table for other programs."""
    yield COLUMNS
    for row in rows.iterator(2000):
        yield (
            f"{row.at:%Y-%m-%dT%H:%M:%SZ}",
            row.actor_name,
            row.token,
            row.address,
            word_of(row.kind),
            row.project_name,
            row.object_kind,
            row.object_name,
            row.sentence,
        )


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
