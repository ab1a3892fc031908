"""Score sets over the API."""

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.response import Response

from apps.common.endpoints import ProjectRows, door
from apps.scores import serializers, services
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
