"""What every table shares: a UUID that nobody can guess, and when the row came to be."""

import uuid

from django.conf import settings
from django.db import models


class Row(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class Trashable(Row):
    """What can be put into the trash. Its default manager leaves out what lies there (``in_project(hidden_with=...)``)."""

    trashed_at = models.DateTimeField(null=True)
    trashed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        abstract = True
