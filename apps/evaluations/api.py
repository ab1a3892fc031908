"""Suites and evaluations over the API."""

import json

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view, parser_classes
from rest_framework.response import Response

from apps.accounts.models import Project
from apps.common.endpoints import Bytes, ProjectRows, RowsBelow, door, read, sent_file
from apps.evaluations import serializers, services
from apps.evaluations.models import Evaluation, Suite
from apps.runs.models import Run
from gradatim import registry
from gradatim.errors import UserError


class SuiteList(ProjectRows):
    """A project's suites of questions, by name."""

    serializer_class = serializers.SuiteSummary

    def rows(self, project):
        return Suite.objects.filter(project=project).select_related("artifact").order_by("name")


@extend_schema(
    operation_id="projects_suites_bring",
    parameters=[
        OpenApiParameter("name", str, required=True, description="under which its values stand in runs"),
        OpenApiParameter("method", str, required=True, enum=registry.names("suites")),
        OpenApiParameter("params", str, description="of the method, as a JSON object"),
    ],
    request={"application/octet-stream": OpenApiTypes.BINARY},
    responses={201: serializers.SuiteSummary},
)
@api_view(["POST"])
@parser_classes([Bytes])
def bring(request, pk):
    """Make a suite of questions, sent as the body in JSON Lines."""
    project = door(request, Project.objects, pk)
    file, asked = sent_file(request), request.query_params
    given = {"method": asked.get("method", ""), "params": _params(asked.get("params", ""))}
    made = services.create_suite(project=project, name=asked.get("name", ""), file=file, by=request.user, **given)
    return Response(serializers.SuiteSummary(made).data, status=201)


@extend_schema(operation_id="suites_read", responses=serializers.SuiteSummary)
@api_view(["GET"])
def suite(request, pk):
    """One suite."""
    return Response(serializers.SuiteSummary(door(request, Suite.objects.select_related("artifact"), pk)).data)


class EvaluationList(RowsBelow):
    """What a run's last checkpoint was asked after its training, the newest first."""

    parents = Run.objects.select_related("project")
    serializer_class = serializers.EvaluationSummary

    def rows(self):
        rows = Evaluation.objects.filter(run=self.parent).select_related("job")
        return rows.prefetch_related("suites", "datasets").order_by("-created_at")

    @extend_schema(
        operation_id="runs_evaluations_create",
        request=serializers.NewEvaluation,
        responses={200: serializers.EvaluationSummary, 201: serializers.EvaluationSummary},
    )
    def post(self, request, pk):
        """Ask the run's last checkpoint: suites, and the held-out part of dataset versions. The same that is queued or at work is
        given back (200)."""
        asked = read(serializers.NewEvaluation, request, project=self.parent.project)
        asked["versions"] = asked.pop("datasets")
        found, made = services.evaluate_run(run=self.parent, by=request.user, **asked)
        return Response(serializers.EvaluationSummary(found).data, status=201 if made else 200)


@extend_schema(operation_id="evaluations_read", responses=serializers.EvaluationSummary)
@api_view(["GET"])
def evaluation(request, pk):
    """One evaluation."""
    rows = Evaluation.objects.select_related("job").prefetch_related("suites", "datasets")
    return Response(serializers.EvaluationSummary(door(request, rows, pk)).data)


def _params(text: str) -> dict:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise UserError("params is a JSON object.", field="params")
    return found
