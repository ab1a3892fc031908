"""Saved comparisons. A comparison is a URL; a saved one gives that URL a name."""

import hashlib

from django.db import models

from apps.accounts.models import Project, User, in_project
from apps.common.models import Trashable


class Comparison(Trashable):
    """``runs`` is the ordered list of run ids, ``view`` the rest of the page's state (its query string as a mapping).
    ``notes`` are Markdown, for the members of the project."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="comparisons")
    name = models.CharField(max_length=120)
    question = models.TextField(blank=True)
    notes = models.TextField(blank=True, db_default="", default="")
    runs = models.JSONField(default=list)
    view = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    @property
    def notes_mark(self) -> str:
        """Differs where the notes do."""
        return hashlib.sha256(self.notes.encode()).hexdigest()[:16]

    objects = in_project(hidden_with=("",))
    with_trash = in_project()

    class Meta:
        ordering = ["created_at"]
