"""Share links: a secret that opens a frozen list of runs to somebody without an account."""

from django.db import models

from apps.accounts.models import Project, User, in_project
from apps.common.models import Row


class ShareLink(Row):
    """Only the SHA-256 of the token is kept. ``shows`` is the allow-list of what may be seen beside names and curves."""

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
    last_opened_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    objects = in_project()

    class Meta:
        ordering = ["-created_at"]
