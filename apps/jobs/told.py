"""What others are told of a job's end: rows in the outbox of webhooks, in the transaction that ends it."""

from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from apps.jobs.models import TERMINAL, Job
from apps.jobs.targets import target
from apps.webhooks import outbox


def tell(ids: Iterable[UUID]) -> None:
    """Tell of those of the jobs that are over; one query where nobody listens."""
    heard = Job.objects.filter(pk__in=list(ids), status__in=TERMINAL, project__in=outbox.heard_projects())
    for job in heard.select_related("project", "created_by"):
        outbox.put(
            project=job.project, event=f"job.{job.status}", subject=job.pk, title=job.title, data=_described(job)
        )


def _described(job: Job) -> dict:
    made = target(job)
    return {
        "id": str(job.pk),
        "kind": job.kind,
        "title": job.title,
        "status": job.status,
        "reason": job.reason,
        "project": {"id": str(job.project_id), "name": job.project.name},
        "asked_by": job.created_by.username if job.created_by else None,
        "created_at": job.created_at.isoformat(),
        "started_at": job.started_at.isoformat() if job.started_at else None,
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
        "url": settings.BASE_URL + reverse("jobs:detail", args=[job.pk]),
        "result_url": settings.BASE_URL + made["url"] if made else None,
    }
