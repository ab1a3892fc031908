"""Score the samples of a dataset version."""

from apps.datasets.models import TokenizedVersion
from apps.scores import services, uploads
from apps.site.storage import store
from gradatim.score_summary import summarise
from workers.work import Work


def prepare(job) -> Work:
    score_set = job.score_set
    dataset = score_set.version.artifact
    values = dict(score_set.params)
    if "path" in values:
        values["path"] = str(uploads.path_of(score_set.version.dataset.project, values["path"]))
    inputs, params = [dataset], {"method": score_set.method, "params": values, "dataset": dataset.digest}
    if score_set.tokenizer:
        inputs += [score_set.tokenizer.artifact, _tokens(score_set.version, score_set.tokenizer)]
        params["tokenizer"] = score_set.tokenizer.artifact.digest
    if score_set.checkpoint_of:
        inputs.append(score_set.checkpoint_of.checkpoint)
        params["checkpoint"] = score_set.checkpoint_of.checkpoint.digest
    if score_set.reference:
        reference = score_set.reference
        inputs += [reference.artifact, _tokens(reference, score_set.tokenizer)]
        params["reference"] = reference.artifact.digest
    inputs = list({artifact.pk: artifact for artifact in inputs}.values())
    return Work(task="score", params=params, seed=score_set.seed, inputs=inputs)


def _tokens(version, tokenizer):
    return TokenizedVersion.objects.get(version=version, tokenizer=tokenizer).artifact


def finish(job, artifacts, notes) -> None:
    scores = artifacts["scores"]
    dataset = job.score_set.version.artifact
    summary = summarise(store().path("scores", scores.digest), store().path("dataset", dataset.digest))
    if scores.meta.get("missing"):
        summary["coverage"] = 1 - scores.meta["missing"] / scores.meta["rows"]
    services.enter_scores(job=job, artifact=scores, summary=summary)
