"""Datasets, their immutable versions, tokenizers, and tokens of a version under a tokenizer."""

from django.db import models

from apps.accounts.models import Project, User, in_project
from apps.common.models import Row, Trashable
from apps.jobs.models import Artifact, Job


class Dataset(Trashable):
    project = models.ForeignKey(Project, models.CASCADE, related_name="datasets")
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    licence = models.CharField(max_length=120, blank=True)

    objects = in_project(hidden_with=("",))
    with_trash = in_project()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"], condition=models.Q(trashed_at__isnull=True), name="one_dataset_a_name"
            )
        ]


class SourceFile(Row):
    """A file that can be imported: uploaded (its bytes under ``UPLOAD_ROOT``), or in a configured folder (``root``).

    ``fingerprint`` tells an interrupted upload of the same file; an uploaded file is gone once it was imported.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="source_files")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    dataset = models.ForeignKey(Dataset, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    root = models.CharField(max_length=100, blank=True)
    path = models.CharField(max_length=1000, blank=True)
    fingerprint = models.CharField(max_length=300, blank=True)
    complete = models.BooleanField(default=False)
    removed = models.BooleanField(default=False)

    objects = in_project()


class DatasetVersion(Row):
    """Immutable once its job has succeeded; what it holds (rows, domains, digest) is in the artifact's meta."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    source = models.JSONField()
    file = models.ForeignKey(SourceFile, models.SET_NULL, null=True, related_name="versions")
    on_bad = models.CharField(max_length=8, default="stop")
    report = models.JSONField(default=dict)
    job = models.OneToOneField(Job, models.PROTECT, related_name="dataset_version")
    artifact = models.ForeignKey(Artifact, models.PROTECT, null=True, related_name="dataset_versions")

    objects = in_project("dataset__project", hidden_with=("dataset__",))

    class Meta:
        ordering = ["dataset", "number"]
        constraints = [models.UniqueConstraint(fields=["dataset", "number"], name="one_version_a_number")]


class DatasetExport(Row):
    """Samples of a version as one file to take away; ``selection`` says which (empty: all)."""

    version = models.ForeignKey(DatasetVersion, models.CASCADE, related_name="exports")
    format = models.CharField(max_length=16)
    selection = models.JSONField(default=dict)
    job = models.OneToOneField(Job, models.PROTECT, related_name="dataset_export")
    artifact = models.ForeignKey(Artifact, models.PROTECT, null=True, related_name="dataset_exports")

    objects = in_project("version__dataset__project", hidden_with=("version__dataset__",))

    class Meta:
        ordering = ["-created_at"]


class Tokenizer(Trashable):
    project = models.ForeignKey(Project, models.CASCADE, related_name="tokenizers")
    name = models.CharField(max_length=120)
    vocab_size = models.PositiveIntegerField()
    trained_on = models.ManyToManyField(DatasetVersion, related_name="tokenizers")
    job = models.OneToOneField(Job, models.PROTECT, related_name="tokenizer")
    artifact = models.ForeignKey(Artifact, models.PROTECT, null=True, related_name="tokenizers")

    objects = in_project(hidden_with=("",))
    with_trash = in_project()

    class Meta:
        ordering = ["name"]


class TokenizedVersion(Row):
    """The tokens of a dataset version under a tokenizer, computed once and cached."""

    version = models.ForeignKey(DatasetVersion, models.CASCADE, related_name="tokenized")
    tokenizer = models.ForeignKey(Tokenizer, models.CASCADE, related_name="tokenized")
    job = models.OneToOneField(Job, models.PROTECT, related_name="tokenized_version")
    artifact = models.ForeignKey(Artifact, models.PROTECT, null=True, related_name="tokenized_versions")

    objects = in_project("version__dataset__project", hidden_with=("version__dataset__",))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "tokenizer"], name="tokenized_once")]

    @property
    def awaited(self) -> list[Job]:
        """What has to succeed before they can be read: nothing where they are there, though making them anew may have failed."""
        return [] if self.artifact_id and self.job.is_over else [self.job]
