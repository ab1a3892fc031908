"""Reads on jobs: who is next, what waits for what, how long it will take, what the work said."""

import statistics
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Window
from django.db.models.functions import RowNumber

from apps.jobs.models import Attempt, Job, LogLine, Status

#: Who is next: priority, then age; the id settles what is equally old.
ORDER = ("priority", "created_at", "id")
#: So many of the latest jobs of a kind say how long one takes.
MEASURED = 20


def claimable(queue: str | None = None) -> QuerySet[Job]:
    """Queued jobs whose predecessors have all succeeded, the next one first within each queue."""
    unfinished = Job.after.through.objects.filter(from_job=OuterRef("pk")).exclude(to_job__status=Status.SUCCEEDED)
    rows = Job.objects.filter(~Exists(unfinished), status=Status.QUEUED).order_by(*ORDER)
    return rows.filter(queue=queue) if queue else rows


def claimable_counts() -> dict[str, int]:
    """How many jobs can be claimed, by queue."""
    return dict(claimable().order_by().values("queue").annotate(n=Count("pk")).values_list("queue", "n"))


def places(jobs: Iterable[Job]) -> dict[UUID, int]:
    """The exact place in its queue (1 is next) of each of ``jobs`` that could start now, by id; one query.

    Jobs that run, are over, or wait for a predecessor have no place.
    """
    wanted = {job.pk: job.queue for job in jobs if job.status == Status.QUEUED}
    if not wanted:
        return {}
    number = Window(RowNumber(), partition_by=[F("queue")], order_by=[F(name).asc() for name in ORDER])
    ranked = claimable().filter(queue__in=set(wanted.values())).order_by().annotate(place=number)
    return {pk: place for pk, place in ranked.values_list("pk", "place") if pk in wanted}


def place_in_queue(job: Job) -> int | None:
    """The job's place alone; None where it has none."""
    return places([job]).get(job.pk)


def blocked_by(job: Job) -> QuerySet[Job]:
    """The predecessors that have not succeeded yet, oldest first."""
    return job.after.exclude(status=Status.SUCCEEDED).order_by("created_at", "id")


def seconds_left(job: Job) -> float | None:
    """Forecast from the measured rate of the current phase; None where there is nothing to reckon with."""
    if job.status != Status.RUNNING or not job.rate or job.total is None or job.done is None:
        return None
    return max(0.0, (job.total - job.done) / job.rate)


def usual_seconds(job: Job) -> tuple[float, int] | None:
    """How long jobs of this kind took on the workers of its queue: the middle of the latest that succeeded, and how many.

    Measured over the whole installation, which shares its workers; None where none has succeeded yet.
    """
    alike = Job.objects.filter(kind=job.kind, queue=job.queue, status=Status.SUCCEEDED, started_at__isnull=False)
    times = alike.order_by("-finished_at").values_list("started_at", "finished_at")[:MEASURED]
    seconds = [(ended - began).total_seconds() for began, ended in times]
    return (statistics.median(seconds), len(seconds)) if seconds else None


def attempts(job: Job) -> QuerySet[Attempt]:
    return job.attempts.order_by("number")


def log_lines(job: Job, *, after: int = 0, limit: int = 1000) -> list[LogLine]:
    """What the work said after the line ``after`` (an id), oldest first: the id of the last is the next ``after``."""
    lines = LogLine.objects.filter(attempt__job=job, id__gt=after).select_related("attempt")
    return list(lines.order_by("id")[:limit])
