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
    seed = serializers.IntegerField(default=0, min_value=0, max_value=2**63 - 1)


class KeptFile(serializers.Serializer):
    path = serializers.CharField(help_text="what the method imported calls path")
