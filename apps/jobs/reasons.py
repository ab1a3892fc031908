"""Why a job is as it is, in sentences for the people who asked for it."""

from apps.jobs.models import Job, Status

FAILED_VERBS = {Status.FAILED: "failed", Status.CANCELLED: "was cancelled"}


def predecessor(job: Job) -> str:
    return f"Cancelled because “{job.title}”, which this job waits for, {FAILED_VERBS[job.status]}."


def cancelled_by(user) -> str:
    return f"Cancelled by {user.username}."


def silent_worker(worker: str, seconds: float) -> str:
    return f"The worker {worker} gave no sign of life for {seconds:g} seconds."


def silent_elsewhere(seconds: float) -> str:
    span = f"{seconds / 3600:g} hours" if seconds >= 3600 else f"{seconds:g} seconds"
    return f"Nothing was heard of it for {span}: it is taken for dead."


def given_up(why: str, attempts: int) -> str:
    times = "1 attempt" if attempts == 1 else f"{attempts} attempts"
    return f"Given up after {times}. The last one: {why}"


def tried_again(why: str, attempt: int, of: int) -> str:
    return f"{why} That was attempt {attempt} of {of}; the job waits for its next one."


RETURNED = "Its worker was shut down; the job waits for another one and goes on from what was done."
NO_SENTENCE = "Something that was asked for cannot be done; the log says more."
OUT_OF_MEMORY = (
    "The memory was not enough. Make the batch, the context or the model smaller, or use a machine with more; it is not "
    "tried again by itself."
)
NO_THREADS = (
    "Its machine gave it no more threads: the memory that a job may take (JOB_MEMORY), or the number of processes (ulimit -u), "
    "is too small for it. Raise it, then try again."
)
KILLED = (
    "The process was killed (signal 9), by a person or by the operating system: the latter does so when memory runs out, "
    "and the two cannot be told apart."
)
DISK_FULL = "The disk is full. Free some space, then try again."
FILE_TOO_LARGE = (
    "A file could not be written to its end: its machine allows no file of that size. Have the limit raised (ulimit -f), then "
    "try again."
)
STOPPED_FROM_OUTSIDE = "The process was stopped from outside, by neither its worker nor a cancellation."


def crash(reference: str) -> str:
    return (
        f"The program made an error. Tell your administrator the reference {reference}; the details are kept under it."
    )


def not_a_number(what: str) -> str:
    return f"A number went out of bounds: {what.rstrip('.')}. A lower learning rate or a longer warm-up often helps."
