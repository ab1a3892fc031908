"""Score sets over the API."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view, parser_classes
from rest_framework.response import Response

from apps.accounts.models import Project
from apps.common.endpoints import Bytes, ProjectRows, door, sent_file
from apps.scores import serializers, services, uploads
from apps.scores.models import ScoreSet


class ScoreSetList(ProjectRows):
    """A project's score sets, the newest first."""

    serializer_class = serializers.ScoreSetSummary

    def rows(self, project):
        rows = ScoreSet.objects.filter(version__dataset__project=project)
        return rows.select_related("job", "artifact").order_by("-created_at")

    @extend_schema(
        operation_id="projects_scores_create",
        request=serializers.NewScoreSet,
        responses={201: serializers.ScoreSetSummary},
    )
    def post(self, request, pk):
        """Queue the scoring of a dataset version by a method."""
        return self.made(services.create_score_set(by=request.user, **self.asked(serializers.NewScoreSet)))


@extend_schema(operation_id="scores_read", responses=serializers.ScoreSetDetail)
@api_view(["GET"])
def score_set(request, pk):
    """One score set with its histogram, quantiles and spread by domain."""
    return Response(
        serializers.ScoreSetDetail(door(request, ScoreSet.objects.select_related("job", "artifact"), pk)).data
    )


@extend_schema(
    operation_id="projects_score_files_create",
    parameters=[OpenApiParameter("name", str, required=True, description="of the file: it ends in .csv or .parquet")],
    request={"application/octet-stream": OpenApiTypes.BINARY},
    responses={201: serializers.KeptFile},
)
@api_view(["POST"])
@parser_classes([Bytes])
def score_file(request, pk):
    """Bring a file of ids and scores; a score set by the method "imported" takes its ``path``."""
    project = door(request, Project.objects, pk)
    file = sent_file(request)
    return Response({"path": uploads.keep(project=project, file=file)}, status=201)
