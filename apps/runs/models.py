"""Runs: one curriculum version, one recipe, one seed."""

from django.db import models

from apps.accounts.models import Project, User, in_project
from apps.common.models import Row, Trashable
from apps.curricula.models import CurriculumVersion, Plan
from apps.jobs.models import ELSEWHERE, Artifact, Job


class Run(Trashable):
    """A training run. ``base`` is the run whose last checkpoint it starts from; ``recipe`` has a preset where base is null.

    ``evaluated_on`` are the dataset versions whose held-out part measures it (all runs of a comparison share them), ``suites`` the
    questions that it is asked while it trains.
    ``is_baseline``: what the project's other runs are held against; at most one run of a project.
    ``earlier_jobs`` tried before ``job``, which goes on from what they left. ``tags`` are words in the order given.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="runs")
    name = models.CharField(max_length=120)
    notes = models.TextField(blank=True)
    tags = models.JSONField(default=list, blank=True)
    is_baseline = models.BooleanField(default=False)
    version = models.ForeignKey(CurriculumVersion, models.PROTECT, related_name="runs")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="runs")
    base = models.ForeignKey("self", models.PROTECT, null=True, related_name="continuations")
    evaluated_on = models.ManyToManyField("datasets.DatasetVersion", related_name="+")
    suites = models.ManyToManyField("evaluations.Suite", related_name="runs")
    recipe = models.JSONField()
    seed = models.BigIntegerField(default=0)
    document = models.TextField(blank=True)
    digest = models.CharField(max_length=64, blank=True)
    certificate = models.JSONField(default=dict)
    job = models.OneToOneField(Job, models.PROTECT, related_name="run")
    earlier_jobs = models.ManyToManyField(Job, related_name="+")
    checkpoint = models.ForeignKey(Artifact, models.PROTECT, null=True, related_name="+")
    checkpoint_pinned = models.BooleanField(default=False)
    checkpoint_deleted_at = models.DateTimeField(null=True)
    certificate_file = models.ForeignKey(Artifact, models.PROTECT, null=True, related_name="+")

    objects = in_project(hidden_with=("",))
    with_trash = in_project()

    #: What a frozen share link kept of it (:mod:`apps.shares.snapshots`): its points and events are read there. No column.
    kept = None

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["project"], condition=models.Q(is_baseline=True), name="one_baseline_a_project"
            )
        ]

    @property
    def trained_elsewhere(self) -> bool:
        return self.job.kind == ELSEWHERE

    @property
    def goes_on(self) -> bool:
        """Whether asking again may show more."""
        return self.kept is None and not self.job.is_over

    @property
    def starts_from(self) -> str:
        """In words."""
        if self.base:
            averaged = self.recipe.get("model") == {"weights": "averaged"}
            return f"{self.base.name}, averaged weights" if averaged else self.base.name
        return "not said" if self.trained_elsewhere else "fresh weights"


class Star(Row):
    """A person's own mark on a run: nobody else sees it."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="stars")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")

    objects = in_project("run__project")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "user"], name="one_star_a_person")]


class SavedView(Row):
    """An address of the table of runs under a name, for everybody in the project. ``query`` is as :func:`apps.runs.table_state.canonical`.

    One that was deleted keeps its row for a while, so that it can be brought back.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=60)
    query = models.TextField(blank=True)
    is_default = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    deleted_at = models.DateTimeField(null=True)

    objects = in_project()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"],
                condition=models.Q(deleted_at__isnull=True),
                name="one_saved_view_a_name",
            ),
            models.UniqueConstraint(
                fields=["project"],
                condition=models.Q(is_default=True, deleted_at__isnull=True),
                name="one_default_view_a_project",
            ),
        ]
