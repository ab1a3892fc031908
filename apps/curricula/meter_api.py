"""Guideline meters over the API."""

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.response import Response

from apps.common.endpoints import door, read
from apps.curricula.meter_serializers import PlanMetersDetail, PlanMetersQuery
from apps.curricula.models import Plan
from apps.curricula.plan_meters import measure_plans
from gradatim.errors import UserError

PLANS = Plan.objects.select_related("artifact", "version__curriculum__project")


@extend_schema(operation_id="plans_meters", parameters=[PlanMetersQuery], responses=PlanMetersDetail)
@api_view(["GET"])
def plan(request, pk):
    """The guideline meters of a finished plan, in the batches of a run."""
    found = door(request, PLANS, pk)
    project = found.version.curriculum.project
    asked = read(PlanMetersQuery, request, data=request.query_params, project=project)
    if not found.artifact_id:
        raise UserError("This plan is not resolved yet: its meters come with it.")
    (measured,) = measure_plans([(found, asked["batch"], asked["context"])], project=project, score_set=asked["scores"])
    return Response(PlanMetersDetail(measured).data)
