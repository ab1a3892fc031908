"""How far the demo is."""

from dataclasses import dataclass

from apps.accounts.models import Project
from apps.jobs import selectors as jobs
from apps.jobs.models import Status


@dataclass(frozen=True, slots=True)
class DemoProgress:
    """``running`` holds (title, fraction done or None, seconds left or None); ``failed`` holds (title, reason)."""

    jobs_total: int
    jobs_done: int
    running: list[tuple[str, float | None, float | None]]
    failed: list[tuple[str, str]]
    finished: bool


def progress(project: Project) -> DemoProgress:
    rows = list(project.jobs.all())
    running = [job for job in rows if job.status == Status.RUNNING]
    return DemoProgress(
        jobs_total=len(rows),
        jobs_done=sum(job.status == Status.SUCCEEDED for job in rows),
        running=[
            (job.title, job.done / job.total if job.done is not None and job.total else None, jobs.seconds_left(job))
            for job in running
        ],
        failed=[(job.title, job.reason) for job in rows if job.status in (Status.FAILED, Status.CANCELLED)],
        finished=all(job.status == Status.SUCCEEDED for job in rows),
    )
