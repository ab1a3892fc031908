"""Jobs whose work nobody here does: what trains elsewhere says over the API that it goes on, and how it ends.

Such a job is in no queue. It runs from its beginning under a lease that each sign of life renews for ``JOB_SILENCE``; the sweep
ends the one whose lease ran out, and there is no other attempt.
"""

import uuid

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest, Now

from apps.accounts.models import Project, User
from apps.audit.services import record
from apps.common import disk
from apps.jobs import endings, reasons
from apps.jobs.models import ELSEWHERE, Job, Status
from apps.jobs.status import lease_end, move
from gradatim.errors import UserError

ENDS = (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED)


@transaction.atomic
def begin(*, project: Project, title: str, by: User, total: int) -> Job:
    """A job that runs from now on; ``total`` are the tokens that it means to train on."""
    disk.require_room()
    job = Job.objects.create(project=project, kind=ELSEWHERE, title=title[:200], queue=ELSEWHERE, created_by=by)
    fresh = {"granted": uuid.uuid4(), "lease_seconds": settings.JOB_SILENCE, "worker": ELSEWHERE}
    move(
        jobs=[job.pk],
        expected=Status.QUEUED,
        to=Status.RUNNING,
        phase="training elsewhere",
        done=0,
        total=total,
        unit="tokens",
        **fresh,
    )
    record(kind="run.start", by=by, project=project, on=job, name=title)
    job.refresh_from_db()
    return job


def heard(*, job: Job, done: int) -> None:
    """Renew the lease; the job's row is locked until the transaction ends. ``UserError`` with the reason where it is over."""
    going_on = Job.objects.filter(pk=job.pk, kind=ELSEWHERE, status=Status.RUNNING)
    if not going_on.update(lease_until=lease_end(settings.JOB_SILENCE), done=Greatest(F("done"), float(done))):
        job.refresh_from_db()
        raise UserError(f"{job.title} is over: {job.status}. {job.reason}".rstrip())


@transaction.atomic
def end(*, job: Job, to: Status, reason: str = "", unless: Q | None = None) -> bool:
    """End the job once; False where it was over before, or ``unless`` holds."""
    if not move(jobs=[job.pk], expected=Status.RUNNING, to=to, reason=reason, unless=unless):
        return False
    if to != Status.SUCCEEDED:
        endings.cancel_successors(job.pk)
    return True


def end_silent() -> int:
    """End every job that gave no sign for too long, and return how many."""
    why = reasons.silent_elsewhere(settings.JOB_SILENCE)
    rows = Job.objects.filter(kind=ELSEWHERE, status=Status.RUNNING, lease_until__lt=Now())
    return sum(end(job=job, to=Status.FAILED, reason=why, unless=Q(lease_until__gte=Now())) for job in rows)
