"""Import a source as a dataset version. An uploaded file, or one in a configured folder, is found on this very machine."""

from apps.datasets import selectors, services, sources
from workers.work import Work


def prepare(job) -> Work:
    version = job.dataset_version
    source = dict(version.source)
    if version.file:
        source["path"] = str(sources.locate(version.file).path)
    params = {"source": source, "on_bad": version.on_bad}
    previous = selectors.previous_of(version)
    if previous is None:
        return Work(task="import_dataset", params=params)
    params["previous"] = previous.artifact.digest
    return Work(task="import_dataset", params=params, inputs=[previous.artifact])


def finish(job, artifacts, notes) -> None:
    report = {key: value for note in notes for key, value in note.data.items()}
    if "changes" in report:
        digest = report["changes"].pop("previous")
        earlier = job.dataset_version.dataset.versions.filter(artifact__digest=digest)
        report["changes"]["against"] = earlier.order_by("-number").values_list("number", flat=True).first()
    services.enter_dataset(job=job, artifact=artifacts["dataset"], report=report)
