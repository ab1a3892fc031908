"""Who did what, when, in which project, from where. Rows are only ever added: a trigger of the database sees to it."""

from django.db import models
from django.db.models.functions import Now

from apps.accounts.models import Project, User
from apps.audit.kinds import word_of

REFUSED = "Audit entries are only ever added, never changed or deleted."


class AppendOnly(Exception):
    """Somebody tried to change or delete an audit entry."""

    def __init__(self):
        super().__init__(REFUSED)


class Entries(models.QuerySet):
    def update(self, **values):
        raise AppendOnly

    def delete(self):
        raise AppendOnly

    def bulk_update(self, *args, **kwargs):
        raise AppendOnly


class Entry(models.Model):
    """One thing that somebody did. Names stand as they were then, and outlive the rows that they name.

    ``actor`` is null where nobody was signed in; ``object_*`` say what it was done to, ``token`` is the shown beginning of
    the API token that asked. ``detail`` never holds a secret.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=32)
    # No constraint of the database: deleting a person or a project must not touch what they did.
    actor = models.ForeignKey(User, models.DO_NOTHING, null=True, related_name="+", db_constraint=False)
    actor_name = models.CharField(max_length=150, blank=True)
    project = models.ForeignKey(
        Project, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    project_name = models.CharField(max_length=120, blank=True)
    address = models.CharField(max_length=64, blank=True)
    token = models.CharField(max_length=16, blank=True)
    object_kind = models.CharField(max_length=32, blank=True)
    object_id = models.UUIDField(null=True)
    object_name = models.CharField(max_length=200, blank=True)
    sentence = models.CharField(max_length=400, blank=True)
    detail = models.JSONField(default=dict)

    objects = Entries.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["project", "-id"], name="audit_project")]

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise AppendOnly
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise AppendOnly

    @property
    def word(self) -> str:
        return word_of(self.kind)
