"""A job of the library itself: ``python -m gradatim work`` imports a file that the test wrote."""

from tests.workers.kinds import report, script
from workers.work import Work


def prepare(job) -> Work:
    return Work(task="import_dataset", params={"source": {"kind": "file", "path": script(job)["path"]}})


def finish(job, artifacts, notes) -> None:
    report(job, digest=artifacts["dataset"].digest, rows=artifacts["dataset"].meta["rows"])
