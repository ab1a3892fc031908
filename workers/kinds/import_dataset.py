"""Import a source as a dataset version."""

from apps.datasets import services
from workers.work import Work


def prepare(job) -> Work:
    version = job.dataset_version
    return Work(task="import_dataset", params={"source": version.source, "on_bad": version.on_bad})


def finish(job, artifacts, notes) -> None:
    report = {key: value for note in notes for key, value in note.data.items()}
    services.enter_dataset(job=job, artifact=artifacts["dataset"], report=report)
