"""Resolve a curriculum version to its plan. The first plan of a version freezes its document."""

from apps.curricula import services
from apps.datasets.models import TokenizedVersion
from workers.work import Work


def prepare(job) -> Work:
    version = services.freeze_version(version=job.plan.version)
    tokenizer = services.tokenizer_of(version)
    datasets = services.datasets_of(version)
    tokenized = TokenizedVersion.objects.filter(version__in=datasets, tokenizer=tokenizer).select_related("artifact")
    inputs = [
        tokenizer.artifact,
        *(dataset.artifact for dataset in datasets),
        *(row.artifact for row in tokenized),
        *(score_set.artifact for score_set in services.score_sets_of(version)),
    ]
    return Work(task="plan", params={"curriculum": services.document_of(version)}, seed=job.plan.seed, inputs=inputs)


def finish(job, artifacts, notes) -> None:
    services.enter_plan(job=job, artifact=artifacts["plan"])
