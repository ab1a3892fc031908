"""Score sets as the API shows and takes them."""

from rest_framework import serializers

from apps.common.endpoints import OfProject
from apps.datasets.models import DatasetVersion, Tokenizer
from apps.jobs.serializers import JobSummary
from apps.runs.models import Run
from apps.scores.models import ScoreSet


class ScoreSetSummary(serializers.ModelSerializer):
    job = JobSummary()
    digest = serializers.CharField(source="artifact.digest", default=None, allow_null=True)

    class Meta:
        model = ScoreSet
        fields = [
            "id",
            "version",
            "name",
            "method",
            "params",
            "seed",
            "tokenizer",
            "checkpoint_of",
            "reference",
            "digest",
            "job",
            "created_at",
        ]


class ScoreSetDetail(ScoreSetSummary):
    """With what its values look like: quantiles, histogram (edges and counts), and the same by domain."""

    summary = serializers.DictField(help_text="empty until the job has succeeded")
    higher_means = serializers.CharField(source="artifact.meta.higher_means", default=None, allow_null=True)

    class Meta(ScoreSetSummary.Meta):
        fields = [*ScoreSetSummary.Meta.fields, "higher_means", "summary"]


class NewScoreSet(serializers.Serializer):
    version = OfProject(queryset=DatasetVersion.objects.select_related("dataset__project", "job"))
    method = serializers.CharField(max_length=64)
    params = serializers.DictField(default=dict, help_text="of the method; what is left out has its default")
    name = serializers.CharField(default="", allow_blank=True, max_length=120)
    tokenizer = OfProject(queryset=Tokenizer.objects.select_related("job"), default=None, allow_null=True)
    checkpoint_of = OfProject(queryset=Run.objects.select_related("job"), default=None, allow_null=True)
    reference = OfProject(
        queryset=DatasetVersion.objects.select_related("dataset__project", "job"), default=None, allow_null=True
    )
    seed = serializers.IntegerField(default=0, min_value=0, max_value=2**63 - 1)


class KeptFile(serializers.Serializer):
    path = serializers.CharField(help_text="what the method imported calls path")


class AgreementSet(serializers.ModelSerializer):
    higher_means = serializers.CharField(source="artifact.meta.higher_means")

    class Meta:
        model = ScoreSet
        fields = ["id", "name", "method", "higher_means"]


class DomainAgreement(serializers.Serializer):
    name = serializers.CharField()
    samples = serializers.IntegerField()
    correlation = serializers.FloatField(
        allow_null=True, help_text="null: fewer than three samples, or all scores equal"
    )


class ScoreAndPercentile(serializers.Serializer):
    score = serializers.FloatField()
    percentile = serializers.FloatField(help_text="0 to 100 among the samples compared, ties at their middle")


class DisagreeingSample(serializers.Serializer):
    position = serializers.IntegerField()
    id = serializers.CharField()
    domain = serializers.CharField()
    text = serializers.CharField(help_text="cut to what a list shows")
    a = ScoreAndPercentile(source="one")
    b = ScoreAndPercentile(source="other")


class PairAgreement(serializers.Serializer):
    """Two score sets against each other, over the samples that both have scored."""

    a = serializers.UUIDField(source="pair.one.pk")
    b = serializers.UUIDField(source="pair.other.pk")
    domain = serializers.CharField(source="pair.domain", allow_blank=True)
    samples = serializers.IntegerField()
    left_out = serializers.IntegerField(source="pair.left_out", help_text="not scored by one of the two")
    correlation = serializers.FloatField(allow_null=True, help_text="Spearman's, ties averaged")
    sense = serializers.IntegerField(
        source="pair.sense",
        help_text="1: higher means the same of both, -1: the opposite, 0: they are about different things",
    )
    means = serializers.CharField(help_text="what the sign of the correlation says here")
    domains = DomainAgreement(many=True)
    above = DisagreeingSample(many=True, help_text="furthest above by a; where sense is -1, high by both")
    below = DisagreeingSample(many=True, help_text="furthest below by a; where sense is -1, low by both")


class VersionAgreement(serializers.Serializer):
    """Rank correlations of a version's score sets, in the order of ``score_sets``; null where there is none."""

    score_sets = AgreementSet(many=True)
    correlations = serializers.ListField(child=serializers.ListField(child=serializers.FloatField(allow_null=True)))
    pair = PairAgreement(allow_null=True, help_text="null unless a and b are given")
