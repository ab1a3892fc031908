"""Studies over the API."""

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.response import Response

from apps.accounts.models import Project
from apps.common.endpoints import ProjectRows, door, read
from apps.studies import selectors, serializers, services
from apps.studies.forecast import forecast_of
from apps.studies.kinds import design_of
from apps.studies.models import Study


class StudyList(ProjectRows):
    """A project's studies, newest first."""

    serializer_class = serializers.StudyRow

    def rows(self, project):
        return Study.objects.filter(project=project).select_related("comparison")

    def paginate_queryset(self, queryset):
        return selectors.progress_of(super().paginate_queryset(queryset))

    @extend_schema(
        operation_id="projects_studies_create",
        request=serializers.NewStudy,
        responses={200: serializers.StudyMade, 201: serializers.StudyMade},
    )
    def post(self, request, pk):
        """Queue what a study lacks and save its comparison; asked once more it is the same study (200 where nothing was queued)."""
        study, queued = services.run_study(project=self.project, by=request.user, **self.asked(serializers.NewStudy))
        [progress] = selectors.progress_of([study])
        answer = serializers.StudyRow(progress).data | {"queued": queued}
        return Response(answer, status=201 if queued else 200)


@extend_schema(
    operation_id="projects_studies_forecast",
    request=serializers.StudyToForecast,
    responses=serializers.StudyForecastRow,
)
@api_view(["POST"])
def forecast(request, pk):
    """What a study would take: runs that are there already, and tokens, steps and time of the others. Nothing is made."""
    project = door(request, Project.objects, pk)
    asked = read(serializers.StudyToForecast, request)
    found = forecast_of(design_of(asked["kind"], project, asked["params"]))
    return Response(serializers.StudyForecastRow(found).data)


@extend_schema(operation_id="studies_cancel", request=None, responses=serializers.StudyRow)
@api_view(["POST"])
def cancel(request, pk):
    """Cancel the runs of a study that wait or are trained, also those that another study asks for, too."""
    found = door(request, Study.objects.select_related("project", "comparison"), pk)
    services.cancel_study(study=found, by=request.user)
    [progress] = selectors.progress_of([found])
    return Response(serializers.StudyRow(progress).data)


@extend_schema(operation_id="studies_read", responses=serializers.StudyRow)
@api_view(["GET"])
def study(request, pk):
    """One study with its runs, and how far it is."""
    [progress] = selectors.progress_of([selectors.visible_study(user=request.user, pk=pk)])
    return Response(serializers.StudyRow(progress).data)
