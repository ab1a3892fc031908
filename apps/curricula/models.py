"""Curricula: versioned recipes of data, and the plans they resolve to."""

from django.db import models

from apps.accounts.models import Project, in_project
from apps.common.models import Row, Trashable
from apps.jobs.models import Artifact, Job


class Curriculum(Trashable):
    project = models.ForeignKey(Project, models.CASCADE, related_name="curricula")
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)

    objects = in_project(hidden_with=("",))
    with_trash = in_project()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"], condition=models.Q(trashed_at__isnull=True), name="one_curriculum_a_name"
            )
        ]


class CurriculumVersion(Row):
    """A draft that names rows by id, and the frozen document that names data by digest.

    The draft never changes. ``document`` (canonical JSON text) and ``digest`` are filled once, as soon as all the data it
    names exist: at creation, or when its plan is prepared.
    """

    curriculum = models.ForeignKey(Curriculum, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    draft = models.JSONField()
    document = models.TextField(blank=True)
    digest = models.CharField(max_length=64, blank=True, db_index=True)

    objects = in_project("curriculum__project", hidden_with=("curriculum__",))

    class Meta:
        ordering = ["curriculum", "number"]
        constraints = [models.UniqueConstraint(fields=["curriculum", "number"], name="one_curriculum_version_a_number")]


class Plan(Row):
    """What a curriculum version resolves to under a seed; runs share it."""

    version = models.ForeignKey(CurriculumVersion, models.CASCADE, related_name="plans")
    seed = models.BigIntegerField()
    job = models.OneToOneField(Job, models.PROTECT, related_name="plan")
    artifact = models.ForeignKey(Artifact, models.PROTECT, null=True, related_name="plans")

    objects = in_project("version__curriculum__project", hidden_with=("version__curriculum__",))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "seed"], name="planned_once")]
