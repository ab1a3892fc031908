"""What people do to jobs. What workers do to them is in :mod:`claims` and :mod:`endings`."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models.functions import Now

from apps.accounts.models import Project, User
from apps.audit.services import record
from apps.common import disk
from apps.jobs import endings, messages, reasons
from apps.jobs.models import ELSEWHERE, Job, Priority, Status
from apps.jobs.status import move
from gradatim.errors import UserError

#: What the start and the cancelling of a job are called in the audit, by its kind; other kinds are just jobs.
STARTS = {"train": "run.start", "import_dataset": "dataset.import", "export_dataset": "export.create"}
CANCELS = {"train": "run.cancel", ELSEWHERE: "run.cancel"}


@transaction.atomic
def enqueue(
    *,
    project: Project,
    kind: str,
    title: str,
    queue: str,
    by: User | None,
    after: Iterable[Job] = (),
    priority: Priority = Priority.NORMAL,
    parent: Job | None = None,
    retry_of: Job | None = None,
) -> Job:
    """Queue a job that starts when all of ``after`` have succeeded; a worker is woken when this is committed.

    Where one of ``after`` has failed or was cancelled already, so is the job, with that reason. ``UserError`` where the disk runs
    low: a job would only fail there, and take those that run along.
    """
    disk.require_room()
    family = {"parent": parent, "retry_of": retry_of}
    job = Job.objects.create(
        project=project, kind=kind, title=title[:200], queue=queue, priority=priority, created_by=by, **family
    )
    record(kind=STARTS.get(kind, "job.start"), by=by, project=project, on=job, name=title)
    # Not locked, or a worker that claims one of them now would pass it by. Should one fail between this look at it and
    # the commit that makes the new job known, the sweep cancels the new one.
    before = list(Job.objects.filter(pk__in={row.pk for row in after}))
    job.after.set(before)
    dead = next((row for row in before if row.status in (Status.FAILED, Status.CANCELLED)), None)
    if dead:
        move(jobs=[job.pk], expected=Status.QUEUED, to=Status.CANCELLED, reason=reasons.predecessor(dead))
        job.refresh_from_db()
    elif all(row.status == Status.SUCCEEDED for row in before):
        messages.wake(queue)
    return job


def set_priority(*, job: Job, priority: int) -> Job:
    """Move a queued job to another priority; ``UserError`` where it has begun or is over."""
    if priority not in Priority.values:
        raise UserError("A priority is high (0), normal (1) or low (2).", field="priority")
    if not Job.objects.filter(pk=job.pk, status=Status.QUEUED).update(priority=priority):
        raise UserError("Only a job that still waits can be moved in the queue.", field="priority")
    job.refresh_from_db()
    return job


@transaction.atomic
def request_cancel(*, job: Job, by: User) -> Job:
    """Cancel a queued job at once, ask the worker of a running one to put it down; what is over stays as it is."""
    said, asked = {"reason": reasons.cancelled_by(by)}, False
    if by.pk == job.created_by_id:
        said["seen_at"] = Now()  # its end will be no news to them
    for _ in range(2):  # between two looks at it a queued job may start, or a running one be put back
        if move(jobs=[job.pk], expected=Status.QUEUED, to=Status.CANCELLED, **said):
            endings.cancel_successors(job.pk)
            asked = True
            break
        if job.kind == ELSEWHERE:  # nobody here has to put it down; it is told when it logs next
            asked = move(jobs=[job.pk], expected=Status.RUNNING, to=Status.CANCELLED, **said) > 0
            break
        if asked := Job.objects.filter(pk=job.pk, status=Status.RUNNING).update(cancel_requested=True, **said):
            break
    if asked:
        record(kind=CANCELS.get(job.kind, "job.cancel"), by=by, project=job.project, on=job, name=job.title)
    job.refresh_from_db()
    return job
