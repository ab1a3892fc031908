"""Export samples of a dataset version as one file."""

from apps.datasets import services
from apps.scores.models import ScoreSet
from gradatim.errors import UserError
from workers.work import Work


def prepare(job) -> Work:
    export = job.dataset_export
    dataset = export.version.artifact
    params = {**export.selection, "dataset": dataset.digest, "format": export.format}
    inputs = [dataset]
    if "scores" in params:
        found = ScoreSet.objects.filter(pk=params["scores"], version=export.version, artifact__isnull=False)
        score_set = found.select_related("artifact").first()
        if score_set is None:
            raise UserError("The score set of this export is not there any more.")
        params["scores"] = score_set.artifact.digest
        inputs.append(score_set.artifact)
    return Work(task="export_dataset", params=params, inputs=inputs)


def finish(job, artifacts, notes) -> None:
    services.enter_export(job=job, artifact=artifacts["export"])
