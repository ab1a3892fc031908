"""Share links: a secret that opens a list of runs to somebody without an account, as they are or as they were."""

from django.db import models

from apps.accounts.models import Project, User, in_project
from apps.common.models import Row


class ShareLink(Row):
    """Only the SHA-256 of the token is kept. ``shows`` is the allow-list of what may be seen beside names and curves.

    ``frozen_at``: since when it shows what was kept of its runs then (:class:`Snapshot`); none where it shows them as they are.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="shares")
    title = models.CharField(max_length=200)
    question = models.TextField(blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    runs = models.JSONField()
    view = models.JSONField(default=dict)
    shows = models.JSONField(default=dict)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    opens = models.PositiveIntegerField(default=0)
    frozen_at = models.DateTimeField(null=True)
    last_opened_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    objects = in_project()

    class Meta:
        ordering = ["-created_at"]


class Snapshot(models.Model):
    """What a frozen link kept beside its runs' points, as :mod:`apps.shares.snapshots` writes and reads it; gone with the link's end."""

    link = models.OneToOneField(ShareLink, models.CASCADE, primary_key=True, related_name="snapshot")
    format = models.PositiveSmallIntegerField()
    runs = models.JSONField()
    said = models.JSONField()


class SnapshotChunk(models.Model):
    """A copy of a chunk of points (:class:`apps.metrics.models.Chunk`). ``run`` is no reference: the run itself may go."""

    id = models.BigAutoField(primary_key=True)
    link = models.ForeignKey(ShareLink, models.CASCADE, related_name="+")
    run = models.UUIDField()
    name = models.CharField(max_length=200)
    first_step = models.BigIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["link", "name", "run", "first_step"], name="one_kept_chunk_a_step")
        ]


class Picture(models.Model):
    """The picture that messages show of a link: ``shown`` says of what it is, ``begun_at`` when it was last drawn."""

    link = models.OneToOneField(ShareLink, models.CASCADE, primary_key=True, related_name="picture")
    png = models.BinaryField(default=bytes)
    shown = models.CharField(max_length=64, default="")
    begun_at = models.DateTimeField(null=True)
