"""Turn a dataset version into tokens."""

from apps.datasets import services
from workers.work import Work


def prepare(job) -> Work:
    tokenized = job.tokenized_version
    dataset, tokenizer = tokenized.version.artifact, tokenized.tokenizer.artifact
    params = {"dataset": dataset.digest, "tokenizer": tokenizer.digest}
    return Work(task="tokenize", params=params, inputs=[dataset, tokenizer])


def finish(job, artifacts, notes) -> None:
    services.enter_tokens(job=job, artifact=artifacts["tokens"])
