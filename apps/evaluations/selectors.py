"""Reads on suites and evaluations."""

from dataclasses import dataclass

from django.db.models import Count

from apps.accounts.models import Project
from apps.datasets.models import DatasetVersion
from apps.evaluations.models import Evaluation, Suite
from apps.runs.models import Run
from apps.runs.series import SUITE
from gradatim import registry

#: Evaluations that a page shows.
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Score:
    """What was measured on a domain: (measure in words, value) each. ``chance`` is what guessing scores, None where that says nothing."""

    suite: str
    domain: str
    measures: list[tuple[str, float]]
    chance: float | None = None

    @property
    def are_shares(self) -> bool:
        return self.suite != SUITE


def suites_of(project: Project):
    """By name, with how often each was asked."""
    rows = Suite.objects.filter(project=project).select_related("artifact")
    return rows.annotate(asked=Count("evaluations", distinct=True)).order_by("name")


def evaluations_of_run(run: Run):
    rows = Evaluation.objects.filter(run=run).select_related("job", "run")
    return rows.prefetch_related("suites__artifact", "datasets__dataset").order_by("-created_at")


def evaluations_of_suite(suite: Suite):
    """Newest first, at most :data:`SHOWN`."""
    rows = Evaluation.objects.filter(suites=suite).select_related("job", "run")
    return rows.prefetch_related("suites__artifact").order_by("-created_at")[:SHOWN]


def scores_of(evaluation: Evaluation, suite: Suite | None = None) -> list[Score]:
    """What an evaluation measured, of one suite or of all, by suite and domain."""
    chances = {row.name: row.artifact.meta.get("chance") for row in evaluation.suites.all()}
    found: dict[tuple[str, str], Score] = {}
    for name, value in sorted(evaluation.values.items()):
        _, own, domain, measure = name.split("/", 3)
        if suite is None or own == suite.name:
            score = found.setdefault((own, domain), Score(own, domain, [], chances.get(own) or None))
            score.measures.append((measure.replace("_", " "), value))
    return list(found.values())


def not_measured(run: Run) -> list[DatasetVersion]:
    """Datasets of the project on which the run was not measured while it trained."""
    rows = DatasetVersion.objects.filter(dataset__project=run.project_id, artifact__isnull=False)
    rows = rows.exclude(pk__in=run.evaluated_on.values("pk")).select_related("dataset")
    return list(rows.order_by("dataset__name", "-number"))


def kind_of(suite: Suite) -> str:
    return registry.load("suites", suite.method).title
