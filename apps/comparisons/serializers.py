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
        fields = ["id", "project", "name", "question", "notes", "runs", "view", "created_at"]


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
    measure = serializers.CharField(
        help_text="loss, or what was measured beside it, in words: its figures are in its own unit"
    )
    phase_start = serializers.FloatField()
    gap_depth = serializers.FloatField()
    trough_at = serializers.FloatField(allow_null=True, help_text="null: nothing fell")
    recovery_at = serializers.FloatField(allow_null=True, help_text="null: not within the series")
    gap_area = serializers.FloatField()
    net_gain = serializers.FloatField()
    peak_gain = serializers.FloatField()
    peak_at = serializers.FloatField()
    sentence = serializers.CharField()
    level = serializers.FloatField(help_text="the loss before the shift")
    relative_depth = serializers.FloatField(allow_null=True, help_text="the depth as a share of that level")
    wf = serializers.FloatField(allow_null=True, help_text="windowed forgetting of the domain")
    wp = serializers.FloatField(allow_null=True, help_text="windowed plasticity of the domain")
    rewarming = serializers.FloatField(
        allow_null=True, help_text="what of the depth the re-warming control lost, too; null: there is no control"
    )
    shift = serializers.FloatField(allow_null=True, help_text="the rest of the depth")
    control = serializers.CharField(allow_blank=True, help_text="the control's name")
    split = serializers.CharField(allow_blank=True, help_text="both parts in one sentence")


class ForgettingRow(serializers.Serializer):
    """Continual evaluation at the end of a shift, over all domains of a run: means of minus the loss, in nats a token.

    Windows count evaluations, so windowed figures compare only where the tokens between evaluations are the same.
    """

    run = serializers.IntegerField(help_text="the run's place in the comparison, from 0")
    name = serializers.CharField()
    phase_start = serializers.FloatField()
    finished = serializers.ListField(child=serializers.CharField(), help_text="domains that were learned before")
    learned_now = serializers.ListField(child=serializers.CharField())
    min_acc = serializers.FloatField(allow_null=True)
    wc_acc = serializers.FloatField(allow_null=True)
    acc = serializers.FloatField(allow_null=True)
    forg = serializers.FloatField(allow_null=True)
    below_best = serializers.FloatField(allow_null=True)
    wf = serializers.FloatField(allow_null=True)
    wp = serializers.FloatField(allow_null=True)
    window = serializers.IntegerField(help_text="evaluations")
    period_least = serializers.FloatField(allow_null=True, help_text="tokens between evaluations")
    period_median = serializers.FloatField(allow_null=True)
    period_most = serializers.FloatField(allow_null=True)
    sentence = serializers.CharField()


class SignatureRow(serializers.Serializer):
    """Whether a domain's loss was below its level before while its task's accuracy was, too: the signature of a stability gap."""

    run = serializers.IntegerField(help_text="the run's place in the comparison, from 0")
    name = serializers.CharField()
    domain = serializers.CharField()
    phase_start = serializers.FloatField()
    shows = serializers.BooleanField()
    first_at = serializers.FloatField(allow_null=True, help_text="tokens since phase_start")
    last_at = serializers.FloatField(allow_null=True)
    evaluations = serializers.IntegerField(help_text="at so many evaluations it shows")
    measured = serializers.IntegerField(help_text="of so many since phase_start")
    sentence = serializers.CharField()


class IntervalRow(serializers.Serializer):
    """``low`` and ``high`` are null where one seed, or seeds that all say the same, have no interval."""

    mean = serializers.FloatField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class OverSeedsRow(serializers.Serializer):
    """One measure of one setting in a domain over its seeds, and its paired difference to the reference."""

    run = serializers.IntegerField(help_text="the place of the setting's first run, from 0")
    setting = serializers.CharField()
    domain = serializers.CharField()
    measure = serializers.CharField()
    seeds = serializers.IntegerField()
    own = IntervalRow()
    reference = serializers.CharField(help_text="the setting that is subtracted")
    pairs = serializers.IntegerField(help_text="seeds that both settings have")
    less = IntervalRow(allow_null=True)
    told = serializers.BooleanField(help_text="whether the seeds are enough to claim a difference")
    needed = serializers.IntegerField(
        allow_null=True, help_text="about so many seeds would tell it; 1001: more than 1000"
    )
    sentence = serializers.CharField(allow_blank=True)


class SideRow(serializers.Serializer):
    value = serializers.CharField(help_text="in words")
    runs = serializers.ListField(child=serializers.IntegerField(), help_text="places in the comparison, from 0")
    names = serializers.ListField(child=serializers.CharField())


class ConfounderRow(serializers.Serializer):
    """Something besides the curriculum that is not the same in all runs; the most common value comes first."""

    title = serializers.CharField()
    matters = serializers.CharField(help_text="why it is worth knowing")
    sides = SideRow(many=True)


class FairnessCheck(serializers.Serializer):
    """``same``: what was looked at and is equal; ``unknown``: what is not recorded for some of the runs."""

    verdict = serializers.CharField()
    confounders = ConfounderRow(many=True)
    same = serializers.ListField(child=serializers.CharField())
    unknown = serializers.ListField(child=serializers.CharField())


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

    ``signatures`` are there where accuracies were measured. ``over_seeds`` is empty while no setting has several seeds. ``meters`` are those of each run's plan in its own batches.
    """

    answers = AnswerRow(many=True)
    findings = serializers.ListField(
        child=serializers.CharField(), help_text="what several seeds say of the gap; empty with one"
    )
    evidence = serializers.ListField(child=serializers.CharField())
    fairness = FairnessCheck()
    gaps = GapRow(many=True)
    beside = GapRow(many=True, help_text="the same of tasks (in shares answered rightly) and of averaged weights")
    forgetting = ForgettingRow(many=True)
    signatures = SignatureRow(many=True)
    over_seeds = OverSeedsRow(many=True)
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
