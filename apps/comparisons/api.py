"""Comparisons over the API: any runs that one may see, named in the query."""

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view
from rest_framework.generics import ListAPIView
from rest_framework.response import Response

from apps.common.charts import answer_figure
from apps.common.endpoints import ProjectRows
from apps.comparisons import selectors, serializers, services
from apps.comparisons.models import Comparison
from apps.runs import figures
from apps.runs.api import AXIS, PACKED, RANGE, SCALE, SMOOTHING
from apps.runs.serializers import Figure

RUNS = OpenApiParameter("runs", str, required=True, description="ids of 1 to 50 runs, comma-separated, in order")
DOMAIN = OpenApiParameter("domain", str, description="one domain alone")
PANELS = OpenApiParameter(
    "panels", str, enum=list(figures.SMALL), description="without a legend; same: on the range of all domains"
)
TOLERANCE = OpenApiParameter(
    "tolerance", float, default=0.0, description="nats within which a loss counts as recovered"
)


class ComparisonList(ListAPIView):
    """Saved comparisons of your projects."""

    serializer_class = serializers.ComparisonSummary

    def get_queryset(self):
        return Comparison.objects.visible_to(self.request.user).order_by("-created_at")


class ProjectComparisonList(ProjectRows):
    """A project's saved comparisons."""

    serializer_class = serializers.ComparisonSummary

    def rows(self, project):
        return Comparison.objects.filter(project=project).order_by("-created_at")

    @extend_schema(
        operation_id="projects_comparisons_create",
        request=serializers.NewComparison,
        responses={201: serializers.ComparisonSummary},
    )
    def post(self, request, pk):
        """Keep a comparison of runs under a name."""
        asked = dict(self.asked(serializers.NewComparison))
        view = selectors.view_of({key: asked.pop(key) for key in ("axis", "domain", "tolerance")}).stored()
        asked["runs"] = [str(run.pk) for run in asked["runs"]]
        return self.made(services.save_comparison(project=self.project, view=view, by=request.user, **asked))


@extend_schema(operation_id="comparisons_read", responses=serializers.ComparisonSummary)
@api_view(["GET"])
def comparison(request, pk):
    """One saved comparison: its runs and its view."""
    return Response(serializers.ComparisonSummary(selectors.visible_comparison(user=request.user, pk=pk)).data)


@extend_schema(
    operation_id="compare_figure",
    parameters=[
        OpenApiParameter("name", str, location="path", enum=list(figures.NAMES)),
        *(RUNS, AXIS, SCALE, SMOOTHING, DOMAIN, PANELS, *RANGE, PACKED),
    ],
    responses=Figure,
)
@api_view(["GET"])
def figure(request, name):
    """A figure with several runs laid over each other."""
    return answer_figure(request, figures.payload(name, _runs(request), request.query_params))


@extend_schema(operation_id="compare_table", parameters=[RUNS], responses=serializers.ComparisonTable)
@api_view(["GET"])
def table(request):
    """Last evaluations and differing settings."""
    return Response(serializers.ComparisonTable(_compared(request)).data)


@extend_schema(
    operation_id="compare_diagnostics", parameters=[RUNS, DOMAIN, TOLERANCE], responses=serializers.Diagnosis
)
@api_view(["GET"])
def diagnostics(request):
    """The stability gap of each run and domain, with one sentence a run."""
    return Response(serializers.Diagnosis(_compared(request)).data)


def _compared(request):
    runs, query = _runs(request), request.query_params
    return selectors.compare(runs, selectors.with_baseline(selectors.view_of(query), runs, query))


def _runs(request):
    runs = selectors.visible_runs(user=request.user, ids=selectors.ids_of(request.query_params))
    if not runs:
        raise Http404
    return runs
