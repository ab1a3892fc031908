"""A job that asks for nothing: what is left is what a job costs by itself."""

from workers.work import Work


def prepare(job) -> Work:
    return Work(task="empty")


def finish(job, artifacts, notes) -> None:
    """There is nothing to keep."""
