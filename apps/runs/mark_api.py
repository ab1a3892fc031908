"""Stars and the baseline over the API."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.response import Response

from apps.common.endpoints import door
from apps.runs import marks
from apps.runs.models import Run


@extend_schema(methods=["PUT"], operation_id="runs_star", request=None, responses={204: None})
@extend_schema(methods=["DELETE"], operation_id="runs_unstar", responses={204: None})
@api_view(["PUT", "DELETE"])
def star(request, pk):
    """Your own star on a run: PUT gives it, DELETE takes it away. Viewers have stars, too."""
    run = get_object_or_404(Run.objects.visible_to(request.user), pk=pk)
    marks.star(run=run, by=request.user, starred=request.method == "PUT")
    return Response(status=204)


@extend_schema(methods=["PUT"], operation_id="runs_pin_baseline", request=None, responses={204: None})
@extend_schema(methods=["DELETE"], operation_id="runs_unpin_baseline", responses={204: None})
@api_view(["PUT", "DELETE"])
def baseline(request, pk):
    """The run that its project's others are held against: PUT makes it that, in the place of another one."""
    marks.pin_baseline(run=door(request, Run.objects.select_related("project"), pk), pinned=request.method == "PUT")
    return Response(status=204)
