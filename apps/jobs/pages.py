"""Reads that only the pages of jobs need."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.conf import settings
from django.db.models import Case, Count, F, IntegerField, QuerySet, Value, When
from django.utils import timezone

from apps.accounts.models import Project
from apps.common.templatetags.ui import STATES
from apps.jobs import forecast, retries, selectors
from apps.jobs.models import Job, LogLine, Priority, Status
from apps.jobs.targets import target

PAGE = 50
#: Lines of the log that a page opens with; the whole is a download.
LINES = 400
POLL_QUEUED = 10
#: What was asked for just now mostly begins at once: its page follows as closely as one of running work.
JUST_NOW = timedelta(minutes=1)

#: What to do about a failure, by a word of its reason.
HINTS = (
    ("memory", "Try a smaller batch, a shorter context or a smaller model. It is not tried again by itself."),
    ("nan", "Lower the peak learning rate, or lengthen the warm-up. It is not tried again by itself."),
    ("disk", "Free some space where the artifacts are stored, then start it again."),
)

#: Beginnings of what reasons themselves advise.
ADVICE = ("Make the batch", "Free some space", "A lower learning rate", "Raise it, then")


def jobs_of(project: Project, status: str = "") -> QuerySet[Job]:
    """What runs, then the queue in the order in which it is claimed, then what is over, newest first."""
    rank = {Status.RUNNING: 0, Status.QUEUED: 1}
    group = Case(
        *(When(status=s, then=Value(r)) for s, r in rank.items()), default=Value(2), output_field=IntegerField()
    )
    rows = project.jobs.annotate(group=group).select_related("created_by").prefetch_related("after")
    rows = rows.order_by(
        "group",
        Case(When(group=1, then=F("priority")), default=Value(0)),
        F("finished_at").desc(nulls_first=True),
        "created_at",
    )
    return rows.filter(status=status) if status else rows


def counts(project: Project) -> list[tuple[str, str, int]]:
    """(status, word, number) of every status that occurs."""
    found = dict(project.jobs.order_by().values_list("status").annotate(n=Count("pk")))
    return [(status.value, STATES[status.value][0], found[status]) for status in Status if found.get(status)]


def poll_of(jobs: Iterable[Job]) -> float | None:
    """Seconds until it is worth asking again; None where nothing will change."""
    awaited = [job for job in jobs if job.status in (Status.RUNNING, Status.QUEUED)]
    recent = timezone.now() - JUST_NOW
    if any(job.status == Status.RUNNING or job.created_at > recent for job in awaited):
        return int(every) if (every := settings.POLL_RUNNING).is_integer() else every
    return POLL_QUEUED if awaited else None


def wait_of(job: Job) -> dict:
    """Where a job that waits stands, what it waits for, and when it begins."""
    queued = job.status == Status.QUEUED
    return {
        "place": selectors.place_in_queue(job) if queued else None,
        "blocked_by": list(selectors.blocked_by(job)) if queued else [],
        "starts_in": forecast.seconds_until_start(job) if queued else None,
    }


def state(job: Job) -> dict:
    """What the live part of a job's page shows."""
    queued = job.status == Status.QUEUED
    tried = list(selectors.attempts(job))
    return {
        **wait_of(job),
        "attempts": tried,
        "peak_memory": max((attempt.peak_memory or 0 for attempt in tried), default=0),
        "priorities": Priority.choices if queued else [],
        "target": target(job),
        "hint": hint(job),
        "usual": None if job.is_over else selectors.usual_seconds(job),
        "retriable": retries.made(job) is not None,
        "retries": list(job.retries.order_by("created_at")) if job.is_over else [],
        "poll": poll_of([job]),
    }


def hint(job: Job) -> str:
    """What to do about a failure, where its reason does not say so itself."""
    if job.status != Status.FAILED or any(words in job.reason for words in ADVICE):
        return ""
    reason = job.reason.lower()
    return next((advice for word, advice in HINTS if word in reason), "")


def last_lines(job: Job) -> list[LogLine]:
    """The newest lines, oldest first."""
    lines = LogLine.objects.filter(attempt__job=job).select_related("attempt").order_by("-id")[:LINES]
    return list(lines)[::-1]


def log_text(job: Job) -> Iterator[str]:
    """The whole log, line by line; each attempt begins with a line of its own."""
    lines = (
        LogLine.objects.filter(attempt__job=job).order_by("id").values_list("attempt__number", "at", "level", "text")
    )
    attempt = None
    for number, at, level, text in lines.iterator(2000):
        if number != attempt:
            attempt = number
            yield f"# attempt {number}\n"
        yield f"{at:%Y-%m-%dT%H:%M:%SZ} {level.upper():7} {text}\n"
