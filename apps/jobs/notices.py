"""Notices: whoever asked for a job learns on every page that it ended.

Nothing is sent and nothing else is stored: a notice is the job's own row. It is over from the very commit that ends it, and
``seen_at`` is empty until its asker took notice, so that neither a killed worker nor the order of two commits loses one.
"""

from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Now

from apps.accounts.models import User
from apps.jobs.models import Job

#: The head of a page counts no further; what it costs stays the same however long somebody was away.
COUNTED = 100


def of(user: User) -> QuerySet[Job]:
    """What the person asked for and is over, in projects that they are still a member of, the latest end first."""
    rows = Job.objects.visible_to(user).filter(created_by_id=user.pk, finished_at__isnull=False)
    return rows.select_related("project").order_by("-finished_at", "-id")


def new(user: User) -> QuerySet[Job]:
    """Those of them that the person has not taken notice of."""
    return of(user).filter(seen_at__isnull=True)


def count(user: User) -> int:
    """How many are new, at most ``COUNTED``; one query."""
    return new(user).order_by()[:COUNTED].count() if user.is_authenticated else 0


def see(*, job: Job, user: User) -> None:
    """The person looks at the job: is it over and was it theirs, they know. No query where nothing changes."""
    if job.is_over and job.seen_at is None and job.created_by_id == user.pk:
        Job.objects.filter(pk=job.pk, seen_at__isnull=True).update(seen_at=Now())


def see_all(*, user: User, until: datetime | None = None) -> int:
    """Take notice of all, or of those that ended up to ``until``: what ends while one reads the list stays new."""
    rows = new(user) if until is None else new(user).filter(finished_at__lte=until)
    return Job.objects.filter(pk__in=rows.order_by().values("pk")).update(seen_at=Now())
