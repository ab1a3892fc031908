"""What the scheduler does every few seconds with jobs that nobody looks after. By the database's clock alone."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from apps.jobs import elsewhere, endings, messages, reasons
from apps.jobs.models import ELSEWHERE, Job, Status
from apps.jobs.selectors import claimable_counts


@dataclass(frozen=True, slots=True)
class Swept:
    """How many lost attempts, cancelled successors, and jobs that could start now a sweep found."""

    lost: int
    cancelled: int
    claimable: int


def sweep() -> Swept:
    """Take jobs from workers whose lease ran out, cancel what waits for what failed, wake workers for what can start."""
    lost, cancelled = _lost() + elsewhere.end_silent(), _orphaned()
    counts = claimable_counts()
    messages.top_up(counts)
    return Swept(lost, cancelled, sum(counts.values()))


def _lost() -> int:
    """Two sweeps at once are harmless: the move holds for the expired lease alone."""
    expired = Job.objects.filter(status=Status.RUNNING, lease_until__lt=Now()).exclude(kind=ELSEWHERE)
    renewed = Q(lease_until__gte=Now())
    count = 0
    for job in list(expired):
        why = reasons.silent_worker(job.worker, settings.JOB_LEASE)
        count += endings.lose(job=job.pk, lease=job.lease, reason=why, unless=renewed)
    return count


@transaction.atomic
def _orphaned() -> int:
    """Successors that were queued while their predecessor ended are cancelled here, if ever one slips through."""
    dead = Job.objects.filter(status__in=[Status.FAILED, Status.CANCELLED], before__status=Status.QUEUED).distinct()
    return sum(endings.cancel_successors(pk) for pk in dead.values_list("pk", flat=True))
