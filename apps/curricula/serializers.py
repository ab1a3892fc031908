"""Curricula, their versions and plans as the API shows and takes them."""

from rest_framework import serializers

from apps.common.endpoints import OfProject
from apps.curricula.meter_serializers import MetersDetail
from apps.curricula.meters import BATCH, LARGEST
from apps.curricula.models import Curriculum, CurriculumVersion, Plan
from apps.jobs.serializers import JobSummary
from gradatim.errors import UserError

DRAFT = "a curriculum document that names tokenizer, datasets and scores by their ids here"


class CurriculumSummary(serializers.ModelSerializer):
    class Meta:
        model = Curriculum
        fields = ["id", "project", "name", "description", "created_at"]


class CurriculumVersionDetail(serializers.ModelSerializer):
    """``document`` and ``digest`` are filled in once all data that the draft names exist."""

    name = serializers.CharField(source="curriculum.name")
    draft = serializers.DictField(help_text=DRAFT)
    document = serializers.CharField(allow_blank=True, help_text="canonical JSON, data by digest")

    class Meta:
        model = CurriculumVersion
        fields = ["id", "curriculum", "name", "number", "draft", "document", "digest", "created_at"]


class NewCurriculum(serializers.Serializer):
    """Either a ``draft``, or a ``document`` as it was exported."""

    name = serializers.CharField(max_length=120)
    description = serializers.CharField(default="", allow_blank=True)
    draft = serializers.DictField(required=False, help_text=DRAFT)
    document = serializers.CharField(
        required=False, help_text="YAML or JSON that names data by digest; the project must hold the same data"
    )

    def validate(self, values):
        if ("draft" in values) == ("document" in values):
            raise UserError("Give either a draft or a document.", field="draft")
        return values


class Against(serializers.Serializer):
    before = OfProject(queryset=CurriculumVersion.objects.select_related("curriculum__project"))


class ChangeRow(serializers.Serializer):
    label = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class DomainTokens(serializers.Serializer):
    """Tokens of one domain in the first pass of a stream."""

    name = serializers.CharField()
    before = serializers.IntegerField()
    after = serializers.IntegerField()


class StreamDiff(serializers.Serializer):
    """A stream of either version, matched by its name within a phase; figures are null where nothing can be compared.

    Both first passes are those of seed 0. Places are counted among the samples that both hold.
    """

    phase = serializers.CharField()
    name = serializers.CharField()
    sentence = serializers.CharField()
    by_id = serializers.BooleanField(
        help_text="the versions read two dataset versions: samples are matched by their ids"
    )
    both = serializers.IntegerField(source="diff.both", default=None, allow_null=True, help_text="samples kept by both")
    only_before = serializers.IntegerField(source="diff.only_before", default=None, allow_null=True)
    only_after = serializers.IntegerField(source="diff.only_after", default=None, allow_null=True)
    overlap = serializers.FloatField(
        source="diff.overlap",
        default=None,
        allow_null=True,
        help_text="Jaccard: both, as a share of those kept by either",
    )
    correlation = serializers.FloatField(
        source="diff.correlation", default=None, allow_null=True, help_text="Spearman, of the places of samples in both"
    )
    moved = serializers.FloatField(
        source="diff.moved",
        default=None,
        allow_null=True,
        help_text="share of the samples in both whose place changed by more than 0.1 % of the order",
    )
    mean_move = serializers.FloatField(
        source="diff.mean", default=None, allow_null=True, help_text="mean change of place, as a share of the order"
    )
    most_move = serializers.FloatField(
        source="diff.most", default=None, allow_null=True, help_text="its 95 % quantile, as a share of the order"
    )
    domains = DomainTokens(many=True)


class CurriculumDiff(serializers.Serializer):
    """Settings that are not the same in both versions, in words (``same`` counts the others), and what became of the data."""

    changes = ChangeRow(many=True)
    same = serializers.IntegerField()
    moved = serializers.FloatField(allow_null=True, help_text="share of all samples in both versions that moved")
    streams = StreamDiff(many=True)


class NewCurriculumVersion(serializers.Serializer):
    draft = serializers.DictField(help_text=DRAFT)


class PreviewRequest(NewCurriculumVersion):
    batch = serializers.IntegerField(
        default=BATCH, min_value=1, max_value=LARGEST, help_text="samples in a batch, for the meters alone"
    )


class PreviewRemark(serializers.Serializer):
    """What is worth knowing about a setting; ``field`` is its path in the draft."""

    sentence = serializers.CharField()
    field = serializers.CharField(allow_blank=True)


class PreviewStream(serializers.Serializer):
    """``tokens`` are those of one pass (the first, where an order repeats), ``planned_tokens`` those of the phase; null while
    data are being made."""

    name = serializers.CharField()
    dataset = serializers.CharField()
    waiting = serializers.CharField(help_text="which data are still being made; empty: none")
    candidates = serializers.IntegerField(source="view.pool", default=None, allow_null=True)
    kept = serializers.SerializerMethodField()
    tokens = serializers.IntegerField(source="view.tokens", default=None, allow_null=True)
    estimated = serializers.BooleanField(help_text="tokens are estimated from bytes: the dataset is not tokenized yet")
    sampled = serializers.BooleanField(
        source="view.sampled", default=False, help_text="the order is that of a random part"
    )
    share = serializers.FloatField(allow_null=True)
    planned_tokens = serializers.SerializerMethodField()
    passes = serializers.FloatField(allow_null=True)
    ran_out = serializers.FloatField(
        allow_null=True, help_text="after how many tokens of the phase it has no further sample; null: it lasts"
    )
    ends = serializers.BooleanField(help_text="the phase ends where it runs out")
    order = serializers.DictField(
        allow_null=True, help_text="score percentiles along the first pass: position, low, mean, high"
    )
    reading = serializers.CharField(help_text="what the order starts and ends with; empty where no score tells")
    meters = MetersDetail(allow_null=True, help_text="of the order; null where no score set measures it")
    remarks = PreviewRemark(source="view.remarks", many=True, default=list)

    def get_planned_tokens(self, stream) -> float | None:
        return stream.tokens

    def get_kept(self, stream) -> int | None:
        return len(stream.view.kept) if stream.view else None


class PreviewPhase(serializers.Serializer):
    name = serializers.CharField()
    tokens = serializers.IntegerField()
    short = serializers.FloatField(help_text="tokens of the budget that are left where a stream ends the phase")
    remarks = PreviewRemark(source="mixture.remarks", many=True, default=list, help_text="on the mixture")
    streams = PreviewStream(many=True)


class PreviewDomain(serializers.Serializer):
    dataset = serializers.CharField()
    name = serializers.CharField()
    rows = serializers.IntegerField()
    tokens = serializers.IntegerField()
    passes = serializers.FloatField()


class PreviewDetail(serializers.Serializer):
    phases = PreviewPhase(many=True)
    domains = PreviewDomain(many=True)
    warnings = serializers.ListField(child=serializers.CharField())


class PlanDetail(serializers.ModelSerializer):
    job = JobSummary()
    digest = serializers.CharField(source="artifact.digest", default=None, allow_null=True)
    samples = serializers.IntegerField(source="artifact.meta.samples", default=None, allow_null=True)
    tokens = serializers.IntegerField(source="artifact.meta.tokens", default=None, allow_null=True)
    phases = serializers.SerializerMethodField()

    class Meta:
        model = Plan
        fields = ["id", "version", "seed", "digest", "samples", "tokens", "phases", "job", "created_at"]

    def get_phases(self, plan) -> list[dict]:
        return plan.artifact.meta["phases"] if plan.artifact else []


class NewPlan(serializers.Serializer):
    seed = serializers.IntegerField(default=0, min_value=0, max_value=2**63 - 1)
