"""The one place that writes ``Job.status``: a conditional UPDATE, whose count says whether it took place."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from apps.jobs import told
from apps.jobs.models import TERMINAL, Job, Status

#: What a job may become; everything else is a mistake in the program.
MOVES = {
    Status.QUEUED: {Status.RUNNING, Status.CANCELLED},
    Status.RUNNING: {Status.QUEUED, Status.SUCCEEDED, Status.FAILED, Status.CANCELLED},
}


class LeaseLost(Exception):
    """The job is no longer this worker's: it was swept, or it is over. Whoever holds this changes nothing."""


def move(
    *,
    jobs: Iterable[UUID],
    expected: Status,
    to: Status,
    held: UUID | None = None,
    granted: UUID | None = None,
    unless: Q | None = None,
    lease_seconds: float | None = None,
    **values,
) -> int:
    """Move jobs from ``expected`` to ``to`` and return how many moved.

    ``held``: only the job with this lease moves. ``granted``: the lease of a job that starts, for
    ``lease_seconds`` (JOB_LEASE where left out). ``unless``: a condition that forbids the move. Clock, lease and rate are seen to here; ``values`` are the other columns.
    """
    if to not in MOVES.get(expected, ()):
        raise ValueError(f"a job does not go from {expected} to {to}")
    ids = list(jobs)
    rows = Job.objects.filter(pk__in=ids, status=expected)
    if held is not None:
        rows = rows.filter(lease=held)
    if unless is not None:
        rows = rows.exclude(unless)
    if to == Status.RUNNING:
        values |= {"lease": granted, "lease_until": lease_end(lease_seconds), "started_at": Now()}
    else:
        values |= {"lease": None, "lease_until": None, "rate": None}
    if to not in TERMINAL:
        return rows.update(status=to, **values)
    with transaction.atomic(savepoint=False):  # what others are told of an end is committed with it
        moved = rows.update(status=to, finished_at=Now(), **values)
        if moved:
            told.tell(ids)
    return moved


def lease_end(seconds: float | None = None):
    """When a lease that is given or renewed now runs out, by the database's clock; JOB_LEASE seconds from now by default."""
    return Now() + timedelta(seconds=settings.JOB_LEASE if seconds is None else seconds)


def forget_progress() -> dict:
    """Column values of a job that starts over or waits again."""
    return {"phase": "", "done": None, "total": None, "unit": "", "worker": ""}
