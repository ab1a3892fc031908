"""Why a job is as it is, in sentences for the people who asked for it."""

from apps.jobs.models import Job, Status

FAILED_VERBS = {Status.FAILED: "failed", Status.CANCELLED: "was cancelled"}


def predecessor(job: Job) -> str:
    return f"Cancelled because “{job.title}”, which this job waits for, {FAILED_VERBS[job.status]}."


def cancelled_by(user) -> str:
    return f"Cancelled by {user.username}."


def silent_worker(worker: str, seconds: float) -> str:
    return f"The worker {worker} gave no sign of life for {seconds:g} seconds."


def given_up(why: str, attempts: int) -> str:
    times = "1 attempt" if attempts == 1 else f"{attempts} attempts"
    return f"Given up after {times}. The last one: {why}"


def tried_again(why: str, attempt: int, of: int) -> str:
    return f"{why} That was attempt {attempt} of {of}; the job waits for its next one."


RETURNED = "Its worker was shut down; the job waits for another one and goes on from what was done."
