"""Comparisons as the API shows them."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.common.endpoints import ManyOfProject
from apps.comparisons.meters import meters_of
from apps.comparisons.models import Comparison
from apps.comparisons.selectors import AXES, MAX_RUNS
from apps.curricula.meter_serializers import PlanMetersDetail
from apps.runs.models import Run


class ComparisonSummary(serializers.ModelSerializer):
    class Meta:
        model = Comparison
        fields = ["id", "project", "name", "question", "runs", "view", "created_at"]


class NewComparison(serializers.Serializer):
    name = serializers.CharField(max_length=120)
    question = serializers.CharField(default="", allow_blank=True, max_length=2000)
    runs = ManyOfProject(
        queryset=Run.objects.all(), most=MAX_RUNS, allow_empty=False, help_text="in the order of the legend"
    )
    axis = serializers.ChoiceField(AXES, default="tokens")
    domain = serializers.CharField(default="", allow_blank=True, max_length=100)
    tolerance = serializers.FloatField(default=0.0, help_text="nats within which a loss counts as recovered")


class GapRow(serializers.Serializer):
    """A finding of the stability gap: losses in nats a token, places in tokens since ``phase_start``."""

    run = serializers.IntegerField(help_text="the run's place in the comparison, from 0")
    name = serializers.CharField()
    domain = serializers.CharField()
    phase_start = serializers.FloatField()
    gap_depth = serializers.FloatField()
    trough_at = serializers.FloatField(allow_null=True, help_text="null: nothing fell")
    recovery_at = serializers.FloatField(allow_null=True, help_text="null: not within the series")
    gap_area = serializers.FloatField()
    net_gain = serializers.FloatField()
    peak_gain = serializers.FloatField()
    peak_at = serializers.FloatField()
    sentence = serializers.CharField()


class AnswerRow(serializers.Serializer):
    run = serializers.IntegerField()
    name = serializers.CharField()
    sentence = serializers.CharField()


class MetersRow(serializers.Serializer):
    """``meters`` is null where ``sentence`` says why."""

    run = serializers.IntegerField(help_text="the run's place in the comparison, from 0")
    name = serializers.CharField()
    sentence = serializers.CharField(allow_blank=True)
    meters = PlanMetersDetail(source="measured", allow_null=True)


class Diagnosis(serializers.Serializer):
    """What a comparison says: one sentence a run, how far the evidence carries, and the figures behind it.

    ``meters`` are those of each run's plan in its own batches.
    """

    answers = AnswerRow(many=True)
    evidence = serializers.ListField(child=serializers.CharField())
    gaps = GapRow(many=True)
    meters = serializers.SerializerMethodField()

    @extend_schema_field(MetersRow(many=True))
    def get_meters(self, compared) -> list[dict]:
        return MetersRow(meters_of(compared.runs), many=True).data


class MeasuredRow(serializers.Serializer):
    domain = serializers.CharField()
    loss = serializers.FloatField(allow_null=True)
    bits_per_byte = serializers.FloatField(allow_null=True)


class FinalRow(serializers.Serializer):
    run = serializers.IntegerField()
    name = serializers.CharField()
    tokens = serializers.IntegerField(allow_null=True)
    order = serializers.CharField(
        allow_blank=True, help_text="consumed = planned, or the first step that differs; empty: no certificate yet"
    )
    measured = MeasuredRow(many=True)


class SettingRow(serializers.Serializer):
    label = serializers.CharField()
    values = serializers.ListField(child=serializers.CharField(allow_blank=True))


class ComparisonTable(serializers.Serializer):
    """Last evaluations, and the settings that are not the same in all runs; ``same`` counts the others."""

    finals = FinalRow(many=True)
    settings = SettingRow(many=True, source="difference.settings")
    same = serializers.IntegerField(source="difference.same")
