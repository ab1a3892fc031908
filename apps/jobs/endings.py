"""How a claimed job ends: each ending is one transaction that starts with the move under the lease.

What a job's end means for others happens in the same transaction: successors of what failed are cancelled, queues of
successors that became ready are woken once it is committed.
"""

from collections.abc import Callable, Iterable
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from apps.jobs import messages, reasons
from apps.jobs.claims import Claim
from apps.jobs.models import Artifact, Attempt, Job, Status
from apps.jobs.selectors import claimable
from apps.jobs.status import LeaseLost, forget_progress, move
from gradatim.artifacts import Stored


class CancelRequested(Exception):
    """The job was asked to be cancelled before it ended well: then it does not."""


@transaction.atomic
def succeed(claim: Claim, *, stored: dict[str, Stored], finish: Callable[[Job, dict[str, Artifact]], None]) -> None:
    """End well: register the stored artifacts by role and let ``finish`` enter them where they belong."""
    asked = Q(cancel_requested=True)
    if not move(
        jobs=[claim.job.pk], expected=Status.RUNNING, to=Status.SUCCEEDED, held=claim.lease, unless=asked, reason=""
    ):
        if Job.objects.filter(pk=claim.job.pk, lease=claim.lease, cancel_requested=True).exists():
            raise CancelRequested
        raise LeaseLost(claim.job.pk)
    job = Job.objects.get(pk=claim.job.pk)
    finish(job, register(stored))
    _end_attempt(claim.lease, Attempt.Outcome.SUCCEEDED, "")
    waiting = list(job.before.values_list("pk", flat=True))
    # After the commit: of two predecessors that end at once, the later one sees both.
    transaction.on_commit(lambda: _wake_ready(waiting))


@transaction.atomic
def fail(claim: Claim, *, reason: str, reference: str = "", traceback: str = "") -> None:
    """End for good with a sentence; ``reference`` leads staff to the traceback. A requested cancellation comes first."""
    if _cancelled(claim):
        return
    _move(claim, Status.FAILED, reason=reason, reference=reference, traceback=traceback)
    _end_attempt(claim.lease, Attempt.Outcome.FAILED, reason)
    cancel_successors(claim.job.pk)


@transaction.atomic
def return_to_queue(claim: Claim, *, reason: str = reasons.RETURNED) -> None:
    """Put the job back without counting the attempt: its worker is leaving. A requested cancellation comes first."""
    back = {"jobs": [claim.job.pk], "expected": Status.RUNNING, "to": Status.QUEUED, "held": claim.lease}
    # One update: a request that came between a look and the move would be forgotten by the next claim.
    if not move(**back, unless=Q(cancel_requested=True), reason=reason, **forget_progress()):
        acknowledge_cancel(claim)
        return
    _end_attempt(claim.lease, Attempt.Outcome.RETURNED, reason)
    messages.wake(claim.job.queue)


@transaction.atomic
def acknowledge_cancel(claim: Claim) -> None:
    """The work was put down as requested."""
    if not _cancelled(claim):
        raise LeaseLost(claim.job.pk)


@transaction.atomic
def lose(*, job: UUID, lease: UUID, reason: str, unless: Q | None = None) -> bool:
    """Count an attempt that broke off through no fault of the work; the job waits again or is given up.

    False where the lease is not the job's any more, or ``unless`` holds.
    """
    rows = Job.objects.select_for_update(no_key=True).filter(pk=job, lease=lease, status=Status.RUNNING)
    row = (rows if unless is None else rows.exclude(unless)).first()
    if row is None:
        return False
    counted, most = row.attempts_counted + 1, settings.JOB_MAX_ATTEMPTS
    values = {"attempts_counted": counted}
    if row.cancel_requested:
        to = Status.CANCELLED
    elif counted >= most:
        to, values["reason"] = Status.FAILED, reasons.given_up(reason, counted)
    else:
        to, values["reason"] = Status.QUEUED, reasons.tried_again(reason, counted, most)
        values |= forget_progress()
    move(jobs=[job], expected=Status.RUNNING, to=to, held=lease, **values)
    _end_attempt(lease, Attempt.Outcome.LOST, reason)
    if to == Status.QUEUED:
        messages.wake(row.queue)
    else:
        cancel_successors(job)
    return True


def cancel_successors(job: UUID) -> int:
    """Cancel everything that waits, directly or not, for a job that failed or was cancelled; how many there were."""
    ids: set[UUID] = set()
    layer: Iterable[UUID] = [job]
    while layer:
        rows = Job.objects.filter(after__in=layer, status=Status.QUEUED).exclude(pk__in=ids)
        layer = set(rows.values_list("pk", flat=True))
        ids |= layer
    if not ids:
        return 0
    why = reasons.predecessor(Job.objects.get(pk=job))
    return move(jobs=ids, expected=Status.QUEUED, to=Status.CANCELLED, reason=why)


def register(stored: dict[str, Stored]) -> dict[str, Artifact]:
    """The rows of stored artifacts, made where they are new; by role."""
    rows = [Artifact(kind=s.kind, digest=s.digest, size=s.size, meta=s.meta) for s in stored.values()]
    Artifact.objects.bulk_create(rows, ignore_conflicts=True)
    known = {row.digest: row for row in Artifact.objects.filter(digest__in=[s.digest for s in stored.values()])}
    return {role: known[s.digest] for role, s in stored.items()}


def _wake_ready(ids: list[UUID]) -> None:
    if queues := list(claimable().filter(pk__in=ids).values_list("queue", flat=True)):
        messages.send(queues)


def _move(claim: Claim, to: Status, **values) -> None:
    if not move(jobs=[claim.job.pk], expected=Status.RUNNING, to=to, held=claim.lease, **values):
        raise LeaseLost(claim.job.pk)


def _cancelled(claim: Claim) -> bool:
    """Cancel the job if that was asked for; its reason names who did."""
    unasked = Q(cancel_requested=False)
    if not move(jobs=[claim.job.pk], expected=Status.RUNNING, to=Status.CANCELLED, held=claim.lease, unless=unasked):
        return False
    _end_attempt(claim.lease, Attempt.Outcome.CANCELLED, "")
    cancel_successors(claim.job.pk)
    return True


def _end_attempt(lease: UUID, outcome: Attempt.Outcome, reason: str) -> None:
    Attempt.objects.filter(lease=lease).update(outcome=outcome, reason=reason, finished_at=Now())
