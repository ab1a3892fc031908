"""Workers over the API: everybody signed in may read, staff may drain."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.generics import ListAPIView
from rest_framework.response import Response

from apps.common.endpoints import read
from apps.jobs import nodes, serializers


class WorkerList(ListAPIView):
    """Every worker that announced itself, by name."""

    serializer_class = serializers.WorkerDetail

    def get_queryset(self):
        return nodes.workers()


@extend_schema(operation_id="workers_change", request=serializers.WorkerDetail, responses=serializers.WorkerDetail)
@api_view(["PATCH"])
def worker(request, name):
    """Drain a worker: it finishes what it has and takes nothing new, until ``draining`` is false again. Staff only."""
    if not request.user.is_staff:
        raise PermissionDenied
    found = get_object_or_404(nodes.workers(), name=name)
    nodes.set_draining(worker=found, **read(serializers.WorkerDetail, request))
    return Response(serializers.WorkerDetail(nodes.workers().get(pk=found.pk)).data)
