"""Studies: a question that is asked as a set of runs over seeds."""

from django.db import models

from apps.accounts.models import Project, User, in_project
from apps.common.models import Row
from apps.comparisons.models import Comparison


class Study(Row):
    """``params`` are the kind's own, every default filled in: what is asked twice is one study.

    ``cells`` are its runs in the comparison's order, each ``{"arm": words, "seed": number, "run": id}``; a run may stand in several studies.
    The comparison can be deleted: the study stays.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="studies")
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    question = models.TextField(blank=True)
    params = models.JSONField()
    cells = models.JSONField(default=list)
    comparison = models.ForeignKey(Comparison, models.SET_NULL, null=True, related_name="studies")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    objects = in_project()

    class Meta:
        ordering = ["-created_at"]

    @property
    def shown(self):
        """The comparison's id; None where it was deleted, or lies in the trash."""
        return self.comparison.pk if self.comparison and not self.comparison.trashed_at else None
