"""Try again: a new job for what one that failed or was cancelled did not make. Runs are resumed and files imported again on their own pages."""

from collections.abc import Iterable

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import Model

from apps.accounts.models import User
from apps.jobs import services
from apps.jobs.models import Job, Status
from gradatim.errors import UserError

DEAD = (Status.FAILED, Status.CANCELLED)
#: Reverse relations to what can be asked for once more as it was.
MADE = ("tokenizer", "tokenized_version", "dataset_export", "score_set", "plan")


def made(job: Job) -> Model | None:
    """What the job was to make, where that can be tried again; None where it cannot, or another job is at it by now."""
    if job.status not in DEAD:
        return None
    for relation in MADE:
        try:
            row = getattr(job, relation)
        except ObjectDoesNotExist:
            continue
        return None if getattr(row, "trashed_at", None) else row
    return None


@transaction.atomic
def retry(*, job: Job, by: User) -> Job:
    """Queue the same work once more, under the priority it had; ``UserError`` where that makes no sense."""
    job = Job.objects.select_for_update(of=("self",)).select_related("project").get(pk=job.pk)
    row = made(job)
    if row is None:
        raise UserError(
            "This job cannot be tried again from here: only what failed or was cancelled, and nothing else has begun to make."
        )
    after = [_latest(before) for before in job.after.all()]
    if dead := next((one for one in after if one.status in DEAD), None):
        raise UserError(f"It waits for “{dead.title}”, which is over without success: try that again first.")
    about = {"kind": job.kind, "title": job.title, "queue": job.queue, "priority": job.priority}
    again = services.enqueue(project=job.project, by=by, after=after, retry_of=job, **about)
    row.job = again
    row.save(update_fields=["job"])
    return again


def _latest(job: Job) -> Job:
    """The last try of a job."""
    while job.status in DEAD and (later := _newest(job.retries.all())):
        job = later
    return job


def _newest(jobs: Iterable[Job]) -> Job | None:
    return max(jobs, key=lambda job: job.created_at, default=None)
