"""When a job that waits will begin: what runs and what is ahead of it, dealt out to the workers at hand."""

import heapq

from django.utils import timezone

from apps.jobs import nodes
from apps.jobs.models import Job, Status
from apps.jobs.selectors import claimable, seconds_left, usual_seconds

#: A queue that is longer than this is not reckoned through.
MOST = 1000


def seconds_until_start(job: Job) -> float | None:
    """Seconds until a worker can claim the job, if every job ahead takes what jobs of its kind took before.

    Each slot of a living worker takes the next job when it has ended the one before. None where the job does not wait for
    workers alone, no worker is there, or nothing is known of a kind.
    """
    slots = sum(row.slots for row in nodes.workers() if row.alive and not row.draining and job.queue in row.queues)
    ahead = _ahead(job)
    if not slots or ahead is None:
        return None
    usual: dict[str, float | None] = {}

    def takes(other: Job) -> float | None:
        if other.kind not in usual:
            usual[other.kind] = (usual_seconds(other) or (None,))[0]
        return usual[other.kind]

    free = [_rest(other, takes(other)) for other in Job.objects.filter(queue=job.queue, status=Status.RUNNING)]
    free += [0.0] * (slots - len(free))
    waits = [takes(other) for other in ahead]
    if None in free or None in waits:
        return None
    free = sorted(free)[-slots:] if len(free) > slots else free
    heapq.heapify(free)
    for seconds in waits:
        heapq.heapreplace(free, free[0] + seconds)
    return free[0]


def _ahead(job: Job) -> list[Job] | None:
    """The jobs that are claimed before this one; None where it cannot be claimed yet."""
    found = []
    for other in claimable(job.queue).only("kind", "queue")[:MOST]:
        if other.pk == job.pk:
            return found
        found.append(other)
    return None


def _rest(job: Job, usual: float | None) -> float | None:
    """Seconds that a running job still takes: by its own rate, else by what its kind took."""
    measured = seconds_left(job)
    if measured is not None or usual is None or job.started_at is None:
        return measured
    return max(0.0, usual - (timezone.now() - job.started_at).total_seconds())
