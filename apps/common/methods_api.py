"""The methods that this installation has, over the API: what their forms are made of."""

from dataclasses import asdict

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from gradatim import order_presets, registry

FAMILIES = ("scores", "selections", "orderings", "mixing")


class MethodRow(serializers.Serializer):
    name = serializers.CharField()
    title = serializers.CharField()
    help = serializers.CharField()
    source = serializers.CharField(allow_blank=True, help_text="paper or definition")
    version = serializers.IntegerField()
    parameters = serializers.DictField(help_text="JSON schema of params, with defaults and bounds")


class OrderPresetRow(serializers.Serializer):
    """Settings of a source to start a stream's order from; a copy of ``ordering`` goes into a draft."""

    name = serializers.CharField()
    title = serializers.CharField()
    source = serializers.CharField()
    stage = serializers.ChoiceField(choices=["pre-training", "SFT", "either"], help_text="what it was proposed for")
    ordering = serializers.DictField(help_text="method and params, as a draft writes them")
    jitter = serializers.FloatField(help_text="the jitter window as a share of the stream's samples; 0: none")
    remark = serializers.CharField(help_text="what is known of it")


@extend_schema(operation_id="order_presets_list", responses=OrderPresetRow(many=True))
@api_view(["GET"])
def presets(request):
    """Orders with the settings of a source. Published configurations are not shown to be the papers' best."""
    rows = [
        {**asdict(preset), "name": name, "ordering": {"method": preset.ordering, "params": preset.params}}
        for name, preset in order_presets.PRESETS.items()
    ]
    return Response(OrderPresetRow(rows, many=True).data)


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
