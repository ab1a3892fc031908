"""Score sets over the API."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view, parser_classes
from rest_framework.response import Response

from apps.accounts.models import Project
from apps.common.endpoints import Bytes, ProjectRows, door, sent_file
from apps.datasets.models import DatasetVersion
from apps.scores import agreement as agreements
from apps.scores import agreement_pages, serializers, services, uploads
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
    operation_id="versions_agreement",
    parameters=[
        OpenApiParameter("a", OpenApiTypes.UUID, description="a score set of the version"),
        OpenApiParameter("b", OpenApiTypes.UUID, description="another one"),
        OpenApiParameter("domain", str, description="compare the samples of this domain alone"),
    ],
    responses=serializers.VersionAgreement,
)
@api_view(["GET"])
def agreement(request, pk):
    """How a dataset version's score sets agree: rank correlations, and of two sets the samples that they place furthest apart."""
    version = door(request, DatasetVersion.objects.select_related("artifact"), pk)
    sets, pair = agreements.finished_sets(version), None
    if request.query_params.keys() & {"a", "b"}:
        chosen = agreements.chosen(sets, request.query_params)
        found = agreements.pair_of(version, *chosen, request.query_params.get("domain", ""))
        pair = agreement_pages.facts(found)
    shown = sets[-agreements.MATRIX :]
    found = {"score_sets": shown, "correlations": agreements.matrix(shown), "pair": pair}
    return Response(serializers.VersionAgreement(found).data)


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
