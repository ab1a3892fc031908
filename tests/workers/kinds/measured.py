"""A fake job that measures: its points become series as those of training do."""

from tests.workers.kinds.fake import prepare
from workers.kinds.train import receive

__all__ = ["finish", "prepare", "receive"]


def finish(job, artifacts, notes) -> None:
    pass
