"""Runs over the API. Their figures are what the pages draw."""

import math

from django.http import FileResponse, Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view
from rest_framework.generics import ListAPIView
from rest_framework.response import Response

from apps.common.charts import answer_figure
from apps.common.endpoints import ProjectRows, door, read
from apps.metrics import selectors as metrics
from apps.runs import checkpoints, controls, figures, guard_rails, selectors, serializers, services
from apps.runs.models import Run
from gradatim.errors import UserError

AXIS = OpenApiParameter("axis", str, enum=list(figures.AXES), default="tokens")
SCALE = OpenApiParameter("scale", str, enum=list(figures.SCALES), default="linear", description="logarithmic axes")
SMOOTHING = OpenApiParameter(
    "smoothing",
    str,
    enum=list(figures.SMOOTHINGS),
    default="off",
    description="of the training loss, in percent of what is drawn",
)
PACKED = OpenApiParameter(
    "packed",
    str,
    enum=["1"],
    description="without the table, and long lines as base64 of little-endian arrays: as pages ask",
)
RANGE = [OpenApiParameter(key, float, description="bound of the axis, in its unit") for key in ("start", "stop")]
MAX_POINTS = 50_000


class RunList(ListAPIView):
    """Runs that you may see, newest first."""

    serializer_class = serializers.RunSummary

    @extend_schema(
        operation_id="runs_list", parameters=[OpenApiParameter("project", str, description="a project's id")]
    )
    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs)

    def get_queryset(self):
        return selectors.filtered_runs(user=self.request.user, project=self.request.query_params.get("project"))


class ProjectRunList(ProjectRows):
    """A project's runs, newest first."""

    serializer_class = serializers.RunSummary

    def rows(self, project):
        return selectors.filtered_runs(user=self.request.user if self.request else None, project=str(project.pk))

    def get_queryset(self):
        return Run.objects.none() if getattr(self, "swagger_fake_view", False) else super().get_queryset()

    @extend_schema(
        operation_id="projects_runs_create",
        request=serializers.NewRuns,
        responses={201: serializers.QueuedRun(many=True)},
    )
    def post(self, request, pk):
        """Queue one run a seed, all or none; plans and tokens that they need are made before them."""
        made = services.create_runs(by=request.user, **self.asked(serializers.NewRuns))
        context = self.get_serializer_context() | {"warnings": guard_rails.warnings_of_run(made[0])}
        return Response(serializers.QueuedRun(made, many=True, context=context).data, status=201)


@extend_schema(methods=["GET"], operation_id="runs_read", responses=serializers.RunDetail)
@extend_schema(
    methods=["PATCH"],
    operation_id="runs_describe",
    request=serializers.EditRun(partial=True),
    responses=serializers.RunDetail,
)
@api_view(["GET", "PATCH"])
def run(request, pk):
    """One run with its document, phases and certificate; its notes and tags can be changed."""
    found = door(request, selectors.filtered_runs(user=request.user), pk)
    if request.method == "PATCH":
        asked = serializers.EditRun(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        found = services.describe_run(run=found, **{"notes": found.notes, "tags": found.tags} | asked.validated_data)
    return Response(serializers.RunDetail(found).data)


@extend_schema(operation_id="runs_resume", request=None, responses=serializers.RunDetail)
@api_view(["POST"])
def resume(request, pk):
    """Queue a run that failed or was cancelled once more; it goes on from the last state that was saved."""
    found = services.resume_run(run=door(request, Run.objects.select_related("project"), pk), by=request.user)
    return Response(serializers.RunDetail(selectors.visible_run(user=request.user, run_id=found.pk)).data)


@extend_schema(
    operation_id="runs_control", request=None, responses={200: serializers.RunSummary, 201: serializers.RunSummary}
)
@api_view(["POST"])
def control(request, pk):
    """The run's re-warming control: the one there is (200), else one that is queued (201): schedule and optimizer reset once more
    on the base's own mixture."""
    made, queued = controls.queue_control(
        run=door(request, Run.objects.select_related("project", "base", "version", "job"), pk), by=request.user
    )
    made = selectors.visible_run(user=request.user, run_id=made.pk)
    return Response(serializers.RunSummary(made).data, status=201 if queued else 200)


@extend_schema(methods=["GET"], operation_id="checkpoints_read", responses=serializers.Checkpoint)
@extend_schema(
    methods=["PUT"], operation_id="checkpoints_pin", request=serializers.Pin, responses=serializers.Checkpoint
)
@extend_schema(methods=["DELETE"], operation_id="checkpoints_delete", responses={204: None})
@api_view(["GET", "PUT", "DELETE"])
def checkpoint(request, pk):
    """A run's last checkpoint: pinned, it is kept; deleted, its series and certificate stay."""
    found = door(request, Run.objects.select_related("project", "checkpoint"), pk)
    if request.method == "DELETE":
        checkpoints.delete(run=found, by=request.user)
        return Response(status=204)
    if request.method == "PUT":
        checkpoints.pin(run=found, **read(serializers.Pin, request))
        found.refresh_from_db(fields=["checkpoint_pinned"])
    return Response(serializers.Checkpoint(found).data)


@extend_schema(
    operation_id="checkpoints_file",
    parameters=[OpenApiParameter("name", str, location="path", description="one of the checkpoint's files")],
    responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
)
@api_view(["GET"])
def checkpoint_file(request, pk, name):
    """One file of the checkpoint: config.json, model.safetensors, tokenizer.json."""
    found = door(request, Run.objects.select_related("checkpoint", "project"), pk)
    path = checkpoints.take(run=found, name=name, by=request.user)
    if path is None:
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=name)


@extend_schema(
    operation_id="runs_series",
    parameters=[
        OpenApiParameter(
            "names", str, required=True, description="metrics, comma-separated; eval/* stands for all below"
        ),
        OpenApiParameter("max_points", int, default=1000),
        OpenApiParameter("axis", str, enum=["tokens", "steps"], default="tokens"),
        *RANGE,
    ],
    responses={200: {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Points"}}},
)
@api_view(["GET"])
def series(request, pk):
    """Series by name as arrays, thinned so that first, last, smallest and largest points stay."""
    found = selectors.visible_run(user=request.user, run_id=pk)
    asked = _asked(request.query_params)
    read = metrics.read([found.pk], **asked)
    return Response({name: _points(lines) for (_, name), lines in read.items()})


@extend_schema(
    operation_id="runs_figure",
    parameters=[
        OpenApiParameter("name", str, location="path", enum=list(figures.NAMES)),
        AXIS,
        OpenApiParameter("domain", str),
        *(*RANGE, PACKED),
    ],
    responses=serializers.Figure,
)
@api_view(["GET"])
def figure(request, pk, name):
    """A figure of one run."""
    found = selectors.visible_run(user=request.user, run_id=pk)
    return answer_figure(request, figures.payload(name, [found], request.query_params))


def _asked(query) -> dict:
    names = [name for name in query.get("names", "").split(",") if name]
    if not names:
        raise UserError("Name the series that you want: names=train/loss,eval/*.", field="names")
    try:
        most = int(query.get("max_points") or 1000)
    except ValueError:
        most = 0
    if not 10 <= most <= MAX_POINTS:
        raise UserError(f"max_points is between 10 and {MAX_POINTS:,}.", field="max_points")
    axis = query.get("axis") or "tokens"
    if axis not in ("tokens", "steps"):
        raise UserError("The axis of series is tokens or steps.", field="axis")
    return {"names": names, "max_points": most, "x": axis, **figures.bounds_of(query)}


def _points(read) -> dict:
    points = read.points
    return {
        "tokens": points.tokens.tolist(),
        "steps": points.steps.tolist(),
        "time": points.times.tolist(),
        "values": [value if math.isfinite(value) else None for value in points.values.tolist()],
        "shown": len(points),
        "total": read.total,
    }
