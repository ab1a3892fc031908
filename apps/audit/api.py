"""The audit of a project over the API, for its owners."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers

from apps.audit import selectors
from apps.audit.forms import FilterForm
from apps.audit.kinds import WORDS
from apps.audit.models import Entry
from apps.common.endpoints import ProjectRows
from apps.common.roles import require_owner


class AuditEntry(serializers.ModelSerializer):
    """One thing that somebody did; names are those of that time."""

    class Meta:
        model = Entry
        fields = [
            "id",
            "at",
            "kind",
            "actor",
            "actor_name",
            "address",
            "token",
            "object_kind",
            "object_id",
            "object_name",
            "sentence",
            "detail",
        ]


class AuditList(ProjectRows):
    """Who did what in a project, newest first, for its owners alone. Nothing of it can be changed."""

    serializer_class = AuditEntry

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        require_owner(request.user, self.project)

    @extend_schema(
        parameters=[
            OpenApiParameter("person", str, description="a user name"),
            OpenApiParameter("kind", str, enum=list(WORDS)),
            OpenApiParameter("since", str, description="a day (UTC), as 2026-11-25"),
            OpenApiParameter("until", str, description="a day (UTC), itself included"),
        ]
    )
    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs)

    def rows(self, project):
        form = FilterForm(self.request.query_params if self.request else {})
        if not form.is_valid():
            raise serializers.ValidationError(form.errors)
        return selectors.entries(project=project, **form.asked())
