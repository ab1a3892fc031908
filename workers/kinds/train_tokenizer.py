"""Train a tokenizer on dataset versions, or take one that was brought as a file."""

from apps.datasets import services, tokenizer_services
from workers.work import Work


def prepare(job) -> Work:
    if brought := tokenizer_services.upload_of(job.tokenizer):
        return Work(task="train_tokenizer", params=brought)
    versions = job.tokenizer.trained_on.select_related("artifact").order_by("dataset__name", "number")
    inputs = [version.artifact for version in versions]
    params = {"vocab_size": job.tokenizer.vocab_size, "datasets": [artifact.digest for artifact in inputs]}
    return Work(task="train_tokenizer", params=params, inputs=inputs)


def finish(job, artifacts, notes) -> None:
    services.enter_tokenizer(job=job, artifact=artifacts["tokenizer"])
