"""Curricula, their versions and plans over the API."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view
from rest_framework.response import Response

from apps.accounts.models import Project
from apps.common.endpoints import ProjectRows, RowsBelow, door, read
from apps.curricula import diffs, selectors, serializers, services
from apps.curricula.choices import choices_of
from apps.curricula.models import Curriculum, CurriculumVersion, Plan
from gradatim.errors import UserError

VERSIONS = CurriculumVersion.objects.select_related("curriculum__project")


class CurriculumList(ProjectRows):
    """A project's curricula."""

    serializer_class = serializers.CurriculumSummary

    def rows(self, project):
        return Curriculum.objects.filter(project=project).order_by("name")

    @extend_schema(
        operation_id="projects_curricula_create",
        request=serializers.NewCurriculum,
        responses={201: serializers.CurriculumVersionDetail},
    )
    def post(self, request, pk):
        """A new curriculum with its first version, refused at the field that is wrong."""
        asked = dict(self.asked(serializers.NewCurriculum)) | {"project": self.project, "by": request.user}
        if "document" in asked:
            version = services.import_document(text=asked.pop("document"), **asked)
        else:
            version = services.create_curriculum(**asked)
        return Response(serializers.CurriculumVersionDetail(version).data, status=201)


@extend_schema(
    operation_id="projects_curricula_preview",
    request=serializers.PreviewRequest,
    responses=serializers.PreviewDetail,
)
@api_view(["POST"])
def preview(request, pk):
    """What a draft would do: kept samples and tokens, orders, mixture and passes. Nothing is made."""
    project = door(request, Project.objects, pk)
    found = services.preview_draft(project=project, **read(serializers.PreviewRequest, request))
    return Response(serializers.PreviewDetail(found).data)


@extend_schema(operation_id="curricula_read", responses=serializers.CurriculumSummary)
@api_view(["GET"])
def curriculum(request, pk):
    """One curriculum."""
    return Response(serializers.CurriculumSummary(door(request, Curriculum.objects, pk)).data)


class CurriculumVersionList(RowsBelow):
    """The versions of a curriculum, the first one first."""

    serializer_class = serializers.CurriculumVersionDetail
    parents = Curriculum.objects.select_related("project")

    def rows(self):
        return self.parent.versions.select_related("curriculum").order_by("number")

    @extend_schema(operation_id="curricula_versions_list")
    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="curricula_versions_create",
        request=serializers.NewCurriculumVersion,
        responses={201: serializers.CurriculumVersionDetail},
    )
    def post(self, request, pk):
        """The next version of a curriculum."""
        asked = read(serializers.NewCurriculumVersion, request)
        made = services.create_version(curriculum=self.parent, by=request.user, **asked)
        return Response(self.get_serializer(made).data, status=201)


@extend_schema(operation_id="curriculum_versions_read", responses=serializers.CurriculumVersionDetail)
@api_view(["GET"])
def version(request, pk):
    """One version: the draft as it was given, and the frozen document with its digest."""
    return Response(serializers.CurriculumVersionDetail(door(request, VERSIONS, pk)).data)


@extend_schema(operation_id="curriculum_versions_yaml", responses={(200, "application/yaml"): OpenApiTypes.STR})
@api_view(["GET"])
def document(request, pk):
    """The frozen document as YAML: the same digest wherever it is read."""
    found = door(request, VERSIONS, pk)
    if not found.document:
        raise UserError("This version is frozen as soon as all its data exist: its document comes then.")
    return HttpResponse(selectors.yaml_of(found), content_type="application/yaml; charset=utf-8")


@extend_schema(
    operation_id="curriculum_versions_diff",
    parameters=[OpenApiParameter("before", OpenApiTypes.UUID, required=True, description="a version of the project")],
    responses=serializers.CurriculumDiff,
)
@api_view(["GET"])
def diff(request, pk):
    """What differs between another version and this one: setting by setting, and in samples kept, moved and counted."""
    after = door(request, VERSIONS, pk)
    project = after.curriculum.project
    before = read(serializers.Against, request, data=request.query_params, project=project)["before"]
    return Response(serializers.CurriculumDiff(diffs.whole(before, after, choices_of(project))).data)


class PlanList(RowsBelow):
    """The plans of a version, by their seeds."""

    serializer_class = serializers.PlanDetail
    parents = VERSIONS

    def rows(self):
        return selectors.plans_of(self.parent)

    @extend_schema(operation_id="plans_list")
    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs)

    @extend_schema(operation_id="plans_create", request=serializers.NewPlan, responses={201: serializers.PlanDetail})
    def post(self, request, pk):
        """The plan under a seed: found, or queued to be made."""
        made = services.plan_version(version=self.parent, by=request.user, **read(serializers.NewPlan, request))
        return Response(self.get_serializer(made).data, status=201)


@extend_schema(operation_id="plans_read", responses=serializers.PlanDetail)
@api_view(["GET"])
def plan(request, pk):
    """One plan: its size and phases."""
    return Response(serializers.PlanDetail(door(request, Plan.objects.select_related("job", "artifact"), pk)).data)
