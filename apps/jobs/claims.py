"""What a worker does to the job it holds: claim it, say that it is alive, save what the work said.

Every write after the claim carries the lease and raises :class:`LeaseLost` where that is no longer the job's.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from apps.jobs.models import Attempt, Job, LogLine, Status
from apps.jobs.nodes import drained
from apps.jobs.selectors import claimable
from apps.jobs.status import LeaseLost, forget_progress, lease_end, move

#: A line longer than this is cut.
LINE_CHARACTERS = 4000


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in a worker's hands: the row as it was claimed, and the attempt, whose ``lease`` every later write carries."""

    job: Job
    attempt: Attempt

    @property
    def lease(self) -> uuid.UUID:
        return self.attempt.lease


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    level: str
    text: str


@transaction.atomic
def claim_next(*, queue: str, worker: str, node: str = "") -> Claim | None:
    """Take the next job of the queue that may run, with a fresh lease; None where there is none. Safe to call at once.

    ``worker`` names the claiming process, ``node`` the worker it belongs to: one that is being drained gets nothing.
    """
    if node and drained(node):
        return None
    # Without no_key a job would be passed by while another one that shall wait for it is being queued.
    job = claimable(queue).select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
    if job is None:
        return None
    lease = uuid.uuid4()
    fresh = {**forget_progress(), "worker": worker[:200], "cancel_requested": False, "reason": ""}
    move(jobs=[job.pk], expected=Status.QUEUED, to=Status.RUNNING, granted=lease, **fresh)
    number = (job.attempts.aggregate(last=Max("number"))["last"] or 0) + 1
    attempt = Attempt.objects.create(job=job, number=number, lease=lease, worker=worker[:200], node=node[:200])
    # When it began is told by the database's clock: this machine's may be an hour off.
    Attempt.objects.filter(pk=attempt.pk).update(created_at=Now())
    job.refresh_from_db()
    return Claim(job, attempt)


def beat(claim: Claim, *, folder: str = "", pid: int | None = None, peak_memory: int | None = None) -> bool:
    """Renew the lease; True where cancellation was asked for. What else is known of the attempt is noted with it."""
    with transaction.atomic():
        _hold(claim, lease_until=lease_end())
        said = {"folder": folder, "pid": pid, "peak_memory": peak_memory}
        known = {name: value for name, value in said.items() if value}
        Attempt.objects.filter(pk=claim.attempt.pk).update(heartbeat_at=Now(), **known)
    return cancel_requested(claim)


def cancel_requested(claim: Claim) -> bool:
    asked = Job.objects.filter(pk=claim.job.pk, lease=claim.lease).values_list("cancel_requested", flat=True).first()
    if asked is None:
        raise LeaseLost(claim.job.pk)
    return asked


def save(claim: Claim, *, progress: dict | None = None, lines: Sequence[Line] = ()) -> None:
    """Save the latest progress (phase, done, total, unit, rate) and new log lines; call it within a transaction.

    The row's lock keeps the lease for as long as that lasts, so that what else it writes is under the lease too.
    """
    if progress:
        _hold(claim, **progress)
    else:
        hold(claim)
    LogLine.objects.bulk_create(
        LogLine(attempt=claim.attempt, at=line.at, level=line.level[:10], text=_clean(line.text)) for line in lines
    )


def hold(claim: Claim) -> None:
    """Lock the job under the lease until the transaction ends."""
    if not Job.objects.select_for_update(no_key=True).filter(pk=claim.job.pk, lease=claim.lease).values("pk"):
        raise LeaseLost(claim.job.pk)


def unsaved(claim: Claim, lines: Sequence[Line]) -> list[Line]:
    """Those lines that are not in the log yet: after a connection broke, nobody knows whether the last save arrived."""
    if not lines:
        return []
    since = LogLine.objects.filter(attempt=claim.attempt, at__gte=min(line.at for line in lines))
    known = set(since.values_list("at", "level", "text"))
    return [line for line in lines if (line.at, line.level[:10], _clean(line.text)) not in known]


def trim_log(claim: Claim) -> None:
    """Keep the head and the tail of an attempt's log, ``JOB_LOG_LINES`` together; one line says what is left out."""
    half = settings.JOB_LOG_LINES // 2
    ids = list(LogLine.objects.filter(attempt=claim.attempt).order_by("id").values_list("id", flat=True))
    middle = ids[half:-half] if half else ids
    if len(middle) < 2:
        return
    with transaction.atomic():
        hold(claim)
        LogLine.objects.filter(pk=middle[0]).update(
            level="warning", text="Lines are left out here: there were too many."
        )
        _delete(middle[1:])


def _hold(claim: Claim, **values) -> None:
    if not Job.objects.filter(pk=claim.job.pk, lease=claim.lease, status=Status.RUNNING).update(**values):
        raise LeaseLost(claim.job.pk)


def _delete(ids: Iterable[int]) -> None:
    # The ids of one attempt need not follow on each other: others log at the same time.
    LogLine.objects.filter(pk__in=list(ids)).delete()


def _clean(text: str) -> str:
    # PostgreSQL keeps no NUL in text.
    return text[:LINE_CHARACTERS].replace("\x00", "\ufffd")
