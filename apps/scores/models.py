"""Score sets: one float32 per sample of a dataset version."""

from django.db import models

from apps.accounts.models import in_project
from apps.common.models import Trashable
from apps.datasets.models import DatasetVersion, Tokenizer
from apps.jobs.models import Artifact, Job


class ScoreSet(Trashable):
    """A scorer with its parameters over one dataset version.

    ``checkpoint_of`` is the run whose last checkpoint scores; ``reference`` what samples are compared with.
    """

    version = models.ForeignKey(DatasetVersion, models.CASCADE, related_name="score_sets")
    name = models.CharField(max_length=120)
    method = models.CharField(max_length=64)
    params = models.JSONField(default=dict)
    seed = models.BigIntegerField(default=0)
    tokenizer = models.ForeignKey(Tokenizer, models.PROTECT, null=True, related_name="score_sets")
    checkpoint_of = models.ForeignKey("runs.Run", models.PROTECT, null=True, related_name="score_sets")
    reference = models.ForeignKey(DatasetVersion, models.RESTRICT, null=True, related_name="+")
    summary = models.JSONField(default=dict)
    job = models.OneToOneField(Job, models.PROTECT, related_name="score_set")
    artifact = models.ForeignKey(Artifact, models.PROTECT, null=True, related_name="score_sets")

    objects = in_project("version__dataset__project", hidden_with=("", "version__dataset__"))
    with_trash = in_project("version__dataset__project")

    class Meta:
        ordering = ["created_at"]
