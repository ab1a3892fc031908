"""Guideline meters as the API shows them."""

from rest_framework import serializers

from apps.common.endpoints import OfProject
from apps.curricula.plan_meters import BATCH_SIZE, CONTEXT
from apps.scores.models import ScoreSet


class _Part(serializers.Serializer):
    reading = serializers.CharField(help_text="the values in one sentence")


class BoundaryMeter(_Part):
    """1 where the first or last tenth holds exactly the highest scores, -1 the lowest; trend is Spearman's correlation."""

    start = serializers.FloatField()
    end = serializers.FloatField()
    trend = serializers.FloatField()


class CyclesMeter(_Part):
    legs = serializers.IntegerField(help_text="rises and falls of the smoothed mean score, beyond chance")
    review = serializers.FloatField(help_text="length of all falls, in score ranges")
    climb = serializers.FloatField(help_text="length of all rises, in score ranges")
    absence = serializers.FloatField(help_text="longest stretch without a tenth of the scores, on average: a share")
    coverage = serializers.FloatField(help_text="1 where each twentieth of the order holds all tenths of the scores")


class ContinuityMeter(_Part):
    continuity = serializers.FloatField(help_text="1 less the largest jump between neighbouring batches, beyond chance")
    jumps = serializers.IntegerField(help_text="jumps of a tenth of the score range or more")
    variation = serializers.FloatField(help_text="sum of the excess jumps")


class DiversityMeter(_Part):
    spread = serializers.FloatField(allow_null=True, help_text="1 as diverse within batches as a random order")
    neighbours = serializers.FloatField(help_text="mean distance of neighbours: 1 as in a random order")
    domains = serializers.FloatField(allow_null=True, help_text="entropy of domains within a batch, as a share of ln K")


class MetersDetail(serializers.Serializer):
    """Meters describe an order and do not grade it. ``looks`` are batches, or several of few samples together."""

    samples = serializers.IntegerField()
    batches = serializers.IntegerField()
    looks = serializers.IntegerField()
    boundary = BoundaryMeter()
    cycles = CyclesMeter()
    continuity = ContinuityMeter()
    diversity = DiversityMeter()


class PlanMetersQuery(serializers.Serializer):
    batch = serializers.IntegerField(default=BATCH_SIZE, min_value=1, max_value=1_000_000, help_text="sequences")
    context = serializers.IntegerField(default=CONTEXT, min_value=8, max_value=1_000_000, help_text="tokens")
    scores = OfProject(
        queryset=ScoreSet.objects.filter(artifact__isnull=False).select_related("version", "artifact"),
        required=False,
        default=None,
        help_text="a finished score set, for the streams whose samples it is of",
    )


class PlanMetersDetail(serializers.Serializer):
    """``overall`` is null where no sample has scores. ``domains``: the largest ones by name, where there are several."""

    batch = serializers.IntegerField(source="batch_size")
    context = serializers.IntegerField()
    by = serializers.ListField(child=serializers.CharField(), help_text="score sets")
    unscored = serializers.ListField(child=serializers.CharField(), help_text="streams without scores")
    steps = serializers.IntegerField(source="meters.steps")
    consumed = serializers.IntegerField(source="meters.consumed", help_text="samples")
    scored = serializers.IntegerField(source="meters.scored", help_text="samples")
    sampled = serializers.BooleanField(source="meters.sampled", help_text="measured is a random part of the samples")
    overall = MetersDetail(source="meters.overall", allow_null=True)
    domains = serializers.DictField(source="meters.domains", child=MetersDetail())
    notes = serializers.ListField(child=serializers.CharField())
