"""The methods that this installation has, over the API: what their forms are made of."""

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from gradatim import registry

FAMILIES = ("scores", "selections", "orderings", "mixing")


class MethodRow(serializers.Serializer):
    name = serializers.CharField()
    title = serializers.CharField()
    help = serializers.CharField()
    source = serializers.CharField(allow_blank=True, help_text="paper or definition")
    version = serializers.IntegerField()
    parameters = serializers.DictField(help_text="JSON schema of params, with defaults and bounds")


@extend_schema(
    operation_id="methods_list",
    parameters=[OpenApiParameter("name", str, location="path", enum=FAMILIES, description="of the family")],
    responses=MethodRow(many=True),
)
@api_view(["GET"])
def methods(request, name):
    """The methods of a family, with their parameters."""
    if name not in FAMILIES:
        raise Http404
    return Response(MethodRow([registry.describe(name, each) for each in registry.names(name)], many=True).data)
