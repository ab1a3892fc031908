"""Views of the table of runs over the API."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from apps.common.endpoints import ProjectRows, door
from apps.runs import saved_views
from apps.runs.models import SavedView


class SavedViewRow(serializers.ModelSerializer):
    """An address of the table of runs under a name."""

    class Meta:
        model = SavedView
        fields = ["id", "project", "name", "query", "is_default", "created_at"]


class AskedView(serializers.Serializer):
    name = serializers.CharField(max_length=60)
    query = serializers.CharField(
        max_length=8000, required=False, allow_blank=True, help_text="of the table's address: columns=seed&sort=-seed"
    )
    is_default = serializers.BooleanField(required=False, help_text="what the table opens with")


class SavedViewList(ProjectRows):
    """The views of the project's table of runs, by name."""

    serializer_class = SavedViewRow

    def rows(self, project):
        return saved_views.views_of(project)

    @extend_schema(operation_id="projects_views_create", request=AskedView, responses={201: SavedViewRow})
    def post(self, request, pk):
        """Save a view. Under a name that is there already its address is replaced."""
        asked = {"query": ""} | self.asked(AskedView)
        return self.made(saved_views.save(project=self.project, by=request.user, **asked))


@extend_schema(methods=["GET"], operation_id="views_read", responses=SavedViewRow)
@extend_schema(methods=["PATCH"], operation_id="views_change", request=AskedView(partial=True), responses=SavedViewRow)
@extend_schema(methods=["DELETE"], operation_id="views_delete", responses={204: None})
@api_view(["GET", "PATCH", "DELETE"])
def saved_view(request, pk):
    """One view; PATCH renames it, gives it another address, or makes it what the table opens with."""
    view = door(request, SavedView.objects.filter(deleted_at=None).select_related("project"), pk)
    if request.method == "DELETE":
        saved_views.delete(view=view)
        return Response(status=204)
    if request.method == "PATCH":
        asked = AskedView(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        saved_views.change(view=view, **asked.validated_data)
    return Response(SavedViewRow(view).data)
