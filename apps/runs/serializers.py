"""Runs as the API shows them to members of their project."""

from rest_framework import serializers

from apps.jobs.models import Job
from apps.runs.models import Run
from apps.runs.selectors import document_of, phases_of, verdict_of


class JobSummary(serializers.ModelSerializer):
    class Meta:
        model = Job
        fields = [
            "id",
            "kind",
            "title",
            "status",
            "phase",
            "done",
            "total",
            "unit",
            "rate",
            "started_at",
            "finished_at",
        ]


class Phase(serializers.Serializer):
    name = serializers.CharField()
    start = serializers.IntegerField(help_text="tokens since the run's beginning")
    stop = serializers.IntegerField()


class Verdict(serializers.Serializer):
    state = serializers.ChoiceField(choices=["pending", "equal", "different"])
    sentence = serializers.CharField()


class RunSummary(serializers.ModelSerializer):
    """One line of a list of runs."""

    job = JobSummary()
    curriculum = serializers.CharField(source="version.curriculum.name")
    curriculum_version = serializers.IntegerField(source="version.number")

    class Meta:
        model = Run
        fields = [
            "id",
            "project",
            "name",
            "notes",
            "curriculum",
            "curriculum_version",
            "base",
            "seed",
            "digest",
            "job",
            "created_at",
        ]


class RunDetail(RunSummary):
    """A run with its document (as far as it is known), its phases and what its certificate says."""

    document = serializers.SerializerMethodField()
    phases = serializers.SerializerMethodField()
    certificate = serializers.SerializerMethodField()

    class Meta(RunSummary.Meta):
        fields = [*RunSummary.Meta.fields, "document", "phases", "certificate"]

    def get_document(self, run) -> dict:
        return document_of(run)

    def get_phases(self, run) -> Phase(many=True):
        return phases_of(run)

    def get_certificate(self, run) -> Verdict:
        return verdict_of(run)


class Points(serializers.Serializer):
    """One series, thinned to what was asked for: arrays of equal length."""

    tokens = serializers.ListField(child=serializers.IntegerField())
    steps = serializers.ListField(child=serializers.IntegerField())
    time = serializers.ListField(child=serializers.FloatField(), help_text="seconds since the epoch")
    values = serializers.ListField(child=serializers.FloatField(allow_null=True))
    shown = serializers.IntegerField()
    total = serializers.IntegerField()


class Table(serializers.Serializer):
    columns = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(child=serializers.ListField())


class Figure(serializers.Serializer):
    """What a chart draws: a Plotly figure whose traces name their colour by ``meta.color``, and what it says."""

    figure = serializers.DictField(help_text="data and layout of Plotly")
    reading = serializers.CharField(allow_blank=True)
    table = Table()
    shown = serializers.IntegerField()
    total = serializers.IntegerField()
    live = serializers.BooleanField(help_text="whether asking again is worth while")
    empty = serializers.CharField(allow_blank=True, help_text="what to say where there is nothing to draw")
