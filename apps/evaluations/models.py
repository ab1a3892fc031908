"""Evaluation suites, and evaluations of checkpoints that somebody asked for."""

from django.db import models

from apps.accounts.models import Project, User, in_project
from apps.common.models import Row, Trashable
from apps.datasets.models import DatasetVersion
from apps.jobs.models import Artifact, Job
from apps.runs.models import Run


class Suite(Trashable):
    """Questions with known answers. ``name`` is that of its values in every run: ``eval/<name>/<domain>/<measure>``."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="suites")
    name = models.CharField(max_length=64)
    method = models.CharField(max_length=64)
    params = models.JSONField(default=dict)
    artifact = models.ForeignKey(Artifact, models.PROTECT, related_name="suites")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    objects = in_project(hidden_with=("",))
    with_trash = in_project()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"], condition=models.Q(trashed_at=None), name="one_suite_a_name"
            )
        ]


class Evaluation(Row):
    """A run's last checkpoint, asked once more: on suites, and on the held-out part of datasets. ``values`` by the names of series.

    ``weights``: those of the last step, or their average ("averaged") where the run keeps one.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="evaluations")
    suites = models.ManyToManyField(Suite, related_name="evaluations")
    datasets = models.ManyToManyField(DatasetVersion, related_name="+")
    weights = models.CharField(max_length=16, default="last")
    values = models.JSONField(default=dict)
    job = models.OneToOneField(Job, models.PROTECT, related_name="evaluation")
    artifact = models.ForeignKey(Artifact, models.PROTECT, null=True, related_name="+")

    objects = in_project("run__project", hidden_with=("run__",))
    with_trash = in_project("run__project")

    class Meta:
        ordering = ["-created_at"]
