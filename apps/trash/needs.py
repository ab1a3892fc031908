"""What still needs a row, in words: as long as there is any, it cannot be put into the trash.

What lies in the trash itself counts, too: it can be restored, and then needs what it needed.
"""

from collections.abc import Iterable

from django.db.models import Model, Q, TextField
from django.db.models.functions import Cast, Now

from apps.comparisons.models import Comparison
from apps.curricula.models import Curriculum, CurriculumVersion
from apps.datasets.models import Dataset, DatasetExport, DatasetVersion, Tokenizer
from apps.evaluations.models import Suite
from apps.jobs.models import TERMINAL, Job, Status
from apps.runs.models import Run
from apps.scores.models import ScoreSet
from apps.shares.models import ShareLink

IN_TRASH = " (in the trash)"


def of_comparison(row: Comparison) -> list[str]:
    return []


def of_suite(row: Suite) -> list[str]:
    asked = Run.with_trash.filter(suites=row).exclude(job__status=Status.SUCCEEDED).order_by("created_at")
    return [
        *_at_work(Job.objects.filter(evaluation__suites=row).distinct()),
        *(f"the run {_named(run)} has not finished and is asked its questions" for run in asked),
    ]


def of_run(row: Run) -> list[str]:
    later = Run.with_trash.filter(base=row).order_by("created_at")
    sets = ScoreSet.with_trash.filter(checkpoint_of=row).order_by("created_at")
    links = ShareLink.objects.filter(runs__contains=[str(row.pk)], revoked_at__isnull=True, expires_at__gt=Now())
    links = links.filter(frozen_at__isnull=True)  # a frozen one has its own copy
    return [
        *_at_work([row.job, *Job.objects.filter(evaluation__run=row)]),
        *(f"the run {_named(other)} starts from it" for other in later),
        *(f"the score set {_named(other)} was made with its checkpoint" for other in sets),
        *(f"the share link “{link.title}” shows it: revoke the link first" for link in links),
    ]


def of_score_set(row: ScoreSet) -> list[str]:
    return [*_at_work([row.job]), *_curricula(row.version.dataset.project_id, [row.pk])]


def of_curriculum(row: Curriculum) -> list[str]:
    runs = Run.with_trash.filter(version__curriculum=row).order_by("created_at")
    plans = Job.objects.filter(plan__version__curriculum=row)
    return [*_at_work(plans), *(f"the run {_named(run)} was trained with it" for run in runs)]


def of_tokenizer(row: Tokenizer) -> list[str]:
    sets = ScoreSet.with_trash.filter(tokenizer=row).order_by("created_at")
    counting = Job.objects.filter(tokenized_version__tokenizer=row)
    return [
        *_at_work([row.job, *counting]),
        *_curricula(row.project_id, [row.pk]),
        *(f"the score set {_named(other)} was made with it" for other in sets),
    ]


def of_dataset(row: Dataset) -> list[str]:
    """Score sets, tokens and exports belong to the dataset and go with it."""
    versions = DatasetVersion._base_manager.filter(dataset=row)
    sets = ScoreSet.with_trash.filter(version__dataset=row)
    exports = DatasetExport._base_manager.filter(version__dataset=row)
    jobs = Job.objects.filter(
        Q(dataset_version__in=versions)
        | Q(score_set__in=sets)
        | Q(dataset_export__in=exports)
        | Q(tokenized_version__version__in=versions)
        | Q(evaluation__datasets__in=versions)
    ).distinct()
    compared = ScoreSet.with_trash.filter(reference__in=versions).exclude(version__dataset=row).order_by("created_at")
    measured = Run.with_trash.filter(evaluated_on__in=versions).distinct().order_by("created_at")
    keys = [*versions.values_list("pk", flat=True), *sets.values_list("pk", flat=True)]
    return [
        *_at_work(jobs),
        *_curricula(row.project_id, keys),
        *(f"the run {_named(run)} is measured on it" for run in measured),
        *(f"the score set {_named(other)} compares samples with it" for other in compared),
    ]


def _curricula(project, keys: Iterable) -> list[str]:
    """Curricula of the project any version of which names one of the rows by id."""
    versions = CurriculumVersion._base_manager.filter(curriculum__project=project)
    versions = (
        versions.annotate(text=Cast("draft", TextField())).select_related("curriculum").order_by("curriculum__name")
    )
    named = Q(pk__in=[])
    for key in keys:
        named |= Q(text__contains=str(key))
    found = {version.curriculum_id: version.curriculum for version in versions.filter(named)}
    return [f"the curriculum {_named(curriculum)} uses it" for curriculum in found.values()]


def _at_work(jobs: Iterable[Job]) -> list[str]:
    return [f"its job “{job.title}” is not over: cancel it first" for job in jobs if job.status not in TERMINAL]


def _named(row: Model) -> str:
    return f"“{row.name}”{IN_TRASH if row.trashed_at else ''}"
