"""Datasets, their immutable versions, tokenizers, and tokens of a version under a tokenizer."""

from django.db import models

from apps.accounts.models import Project, in_project
from apps.common.models import Row
from apps.jobs.models import Artifact, Job


class Dataset(Row):
    project = models.ForeignKey(Project, models.CASCADE, related_name="datasets")
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    licence = models.CharField(max_length=120, blank=True)

    objects = in_project()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="one_dataset_a_name")]


class DatasetVersion(Row):
    """Immutable once its job has succeeded; what it holds (rows, domains, digest) is in the artifact's meta."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    source = models.JSONField()
    on_bad = models.CharField(max_length=8, default="stop")
    report = models.JSONField(default=dict)
    job = models.OneToOneField(Job, models.PROTECT, related_name="dataset_version")
    artifact = models.ForeignKey(Artifact, models.PROTECT, null=True, related_name="dataset_versions")

    objects = in_project("dataset__project")

    class Meta:
        ordering = ["dataset", "number"]
        constraints = [models.UniqueConstraint(fields=["dataset", "number"], name="one_version_a_number")]


class Tokenizer(Row):
    project = models.ForeignKey(Project, models.CASCADE, related_name="tokenizers")
    name = models.CharField(max_length=120)
    vocab_size = models.PositiveIntegerField()
    trained_on = models.ManyToManyField(DatasetVersion, related_name="tokenizers")
    job = models.OneToOneField(Job, models.PROTECT, related_name="tokenizer")
    artifact = models.ForeignKey(Artifact, models.PROTECT, null=True, related_name="tokenizers")

    objects = in_project()

    class Meta:
        ordering = ["name"]


class TokenizedVersion(Row):
    """The tokens of a dataset version under a tokenizer, computed once and cached."""

    version = models.ForeignKey(DatasetVersion, models.CASCADE, related_name="tokenized")
    tokenizer = models.ForeignKey(Tokenizer, models.CASCADE, related_name="tokenized")
    job = models.OneToOneField(Job, models.PROTECT, related_name="tokenized_version")
    artifact = models.ForeignKey(Artifact, models.PROTECT, null=True, related_name="tokenized_versions")

    objects = in_project("version__dataset__project")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "tokenizer"], name="tokenized_once")]
