"""What goes with a row: the artifacts it refers to, and the jobs whose folders hold what they left."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Model, UUIDField, Value

from apps.comparisons.models import Comparison
from apps.curricula.models import Curriculum, Plan
from apps.datasets.models import Dataset, DatasetExport, DatasetVersion, TokenizedVersion, Tokenizer
from apps.evaluations.models import Evaluation, Suite
from apps.runs.models import Run
from apps.scores.models import ScoreSet

#: model -> (model of a part, path from the part to the row, its references to artifacts); most parts have a job.
PARTS: dict[type[Model], tuple[tuple[type[Model], str, tuple[str, ...]], ...]] = {
    Dataset: (
        (DatasetVersion, "dataset_id", ("artifact_id",)),
        (TokenizedVersion, "version__dataset_id", ("artifact_id",)),
        (ScoreSet, "version__dataset_id", ("artifact_id",)),
        (DatasetExport, "version__dataset_id", ("artifact_id",)),
    ),
    Tokenizer: ((Tokenizer, "id", ("artifact_id",)), (TokenizedVersion, "tokenizer_id", ("artifact_id",))),
    ScoreSet: ((ScoreSet, "id", ("artifact_id",)),),
    Curriculum: ((Plan, "version__curriculum_id", ("artifact_id",)),),
    Run: ((Run, "id", ("checkpoint_id", "certificate_file_id")), (Evaluation, "run_id", ("artifact_id",))),
    Suite: ((Suite, "id", ("artifact_id",)),),
    Comparison: (),
}


@dataclass(slots=True)
class Belongings:
    artifacts: set[UUID] = field(default_factory=set)
    jobs: set[UUID] = field(default_factory=set)


def of_all(model: type[Model], keys: Iterable[UUID]) -> dict[UUID, Belongings]:
    """The belongings of rows of one model, by their keys; a query for each kind of part."""
    found = {key: Belongings() for key in keys}
    for part, path, columns in PARTS[model]:
        rows = part._base_manager.filter(**{f"{path}__in": list(found)})
        its_job = "job_id" if hasattr(part, "job_id") else Value(None, UUIDField())
        for owner, job, *artifacts in rows.values_list(path, its_job, *columns):
            found[owner].jobs.update({job} - {None})
            found[owner].artifacts.update(filter(None, artifacts))
    if model is Run:
        earlier = Run.earlier_jobs.through.objects.filter(run__in=list(found))
        for owner, job in earlier.values_list("run_id", "job_id"):
            found[owner].jobs.add(job)
    return found


def of(row: Model) -> Belongings:
    return of_all(type(row), [row.pk])[row.pk]
