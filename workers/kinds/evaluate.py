"""Ask a run's last checkpoint: suites of questions, and the held-out part of datasets."""

import json

from apps.curricula import services as curricula
from apps.datasets.models import TokenizedVersion
from apps.evaluations import services
from apps.site.storage import store
from gradatim import specs
from gradatim.errors import UserError
from workers.work import Work


def prepare(job) -> Work:
    evaluation = job.evaluation
    run = evaluation.run
    if run.checkpoint is None:
        raise UserError(f"{run.name} has no checkpoint any more: there is nothing to evaluate.")
    tokenizer = curricula.tokenizer_of(run.version)
    suites = list(evaluation.suites.select_related("artifact").order_by("name"))
    versions = list(evaluation.datasets.select_related("artifact").order_by("dataset__name", "number"))
    tokenized = TokenizedVersion.objects.filter(version__in=versions, tokenizer=tokenizer).select_related("artifact")
    recipe = specs.parse(specs.Run, json.loads(run.document)).recipe
    params = {
        "checkpoint": run.checkpoint.digest,
        "tokenizer": tokenizer.artifact.digest,
        "datasets": [version.artifact.digest for version in versions],
        "suites": {suite.name: suite.artifact.digest for suite in suites},
        # as it was measured while it trained
        "suite": recipe.evaluation.suite,
        "windows": recipe.evaluation.windows,
        "context": recipe.context,
        "batch_size": recipe.evaluation.batch_size,
        "precision": recipe.precision,
        "attention": recipe.attention,
        "weights": evaluation.weights,
    }
    inputs = [run.checkpoint, tokenizer.artifact, *(suite.artifact for suite in suites)]
    inputs += [*(version.artifact for version in versions), *(row.artifact for row in tokenized)]
    return Work(task="evaluate", params=params, inputs=inputs)


def finish(job, artifacts, notes) -> None:
    made = artifacts["evaluation"]
    values = json.loads((store().path("evaluation", made.digest) / "values.json").read_bytes())
    checkpoint = job.evaluation.run.checkpoint
    services.enter_values(
        job=job,
        artifact=made,
        step=checkpoint.meta.get("step", 0),
        tokens=checkpoint.meta.get("tokens", 0),
        values=values,
    )
