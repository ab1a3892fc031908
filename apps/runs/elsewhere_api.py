"""Runs that are trained elsewhere, over the API: begin one, log its metrics, say how it ended."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view, parser_classes
from rest_framework.response import Response

from apps.accounts.models import Project
from apps.common.endpoints import ManyOfProject, OfProject, door, read
from apps.curricula.models import CurriculumVersion
from apps.datasets.models import DatasetVersion
from apps.jobs import elsewhere as jobs
from apps.runs import elsewhere, points, selectors
from apps.runs.models import Run
from apps.runs.serializers import RunDetail


class NewRunElsewhere(serializers.Serializer):
    name = serializers.CharField(max_length=120)
    version = OfProject(queryset=CurriculumVersion.objects.select_related("curriculum__project"))
    settings = serializers.DictField(
        default=dict,
        help_text="the trainer's settings by name; batch_size, context, precision, schedules mean what they do in a recipe",
    )
    seed = serializers.IntegerField(default=0, min_value=0, max_value=2**63 - 1)
    evaluated_on = ManyOfProject(queryset=DatasetVersion.objects.all(), most=100, default=list)
    notes = serializers.CharField(default="", allow_blank=True)
    tags = serializers.ListField(child=serializers.CharField(), default=list)


class LoggedSeries(serializers.Serializer):
    """Arrays of one length. ``time``: seconds since the epoch, now where it is left out; a value that is null is not a number."""

    steps = serializers.ListField(child=serializers.IntegerField(min_value=0))
    tokens = serializers.ListField(child=serializers.IntegerField(min_value=0))
    values = serializers.ListField(child=serializers.FloatField(allow_null=True))
    time = serializers.ListField(child=serializers.FloatField(), required=False)


class LoggedPoints(serializers.Serializer):
    """Documents the body; it is read by :mod:`apps.runs.points`."""

    series = serializers.DictField(child=LoggedSeries(), help_text="by name, like train/loss or eval/heldout/code/loss")


class Added(serializers.Serializer):
    added = serializers.IntegerField(help_text="points that were new")


class Ending(serializers.Serializer):
    status = serializers.ChoiceField(choices=[str(status) for status in jobs.ENDS])
    reason = serializers.CharField(default="", allow_blank=True, max_length=2000)


@extend_schema(operation_id="runs_elsewhere_create", request=NewRunElsewhere, responses={201: RunDetail})
@api_view(["POST"])
def create(request, pk):
    """Begin a run that is trained elsewhere on a curriculum version; it fails by itself when nothing is heard for a day."""
    project = door(request, Project.objects, pk)
    made = elsewhere.create_run(by=request.user, **read(NewRunElsewhere, request, project=project))
    return Response(RunDetail(selectors.visible_run(user=request.user, run_id=made.pk)).data, status=201)


@extend_schema(operation_id="runs_log", request=LoggedPoints, responses=Added)
@api_view(["POST"])
@parser_classes([points.CappedJson])
def log(request, pk):
    """Log points of a run that is trained elsewhere. Sent twice they count once: a step that is there stays as it is."""
    run = door(request, Run.objects.select_related("project", "job"), pk)
    return Response({"added": elsewhere.log(run=run, series=points.read(request.data))})


@extend_schema(operation_id="runs_end", request=Ending, responses=RunDetail)
@api_view(["POST"])
def end(request, pk):
    """Say how a run that was trained elsewhere ended."""
    run = door(request, Run.objects.select_related("project", "job"), pk)
    elsewhere.end_run(run=run, **read(Ending, request))
    return Response(RunDetail(selectors.visible_run(user=request.user, run_id=run.pk)).data)
