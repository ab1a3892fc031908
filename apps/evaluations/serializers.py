"""Suites and evaluations as the API shows and takes them."""

from rest_framework import serializers

from apps.common.endpoints import ManyOfProject
from apps.datasets.models import DatasetVersion
from apps.evaluations.models import Evaluation, Suite
from apps.jobs.serializers import JobSummary

MOST = 50


class SuiteSummary(serializers.ModelSerializer):
    digest = serializers.CharField(source="artifact.digest")
    questions = serializers.IntegerField(source="artifact.meta.questions")
    domains = serializers.DictField(source="artifact.meta.domains", child=serializers.IntegerField())
    chance = serializers.FloatField(source="artifact.meta.chance", help_text="what guessing scores")

    class Meta:
        model = Suite
        fields = ["id", "name", "method", "params", "digest", "questions", "domains", "chance", "created_at"]


class EvaluationSummary(serializers.ModelSerializer):
    job = JobSummary()
    values = serializers.DictField(
        child=serializers.FloatField(), help_text="by the names of series; empty until the job has succeeded"
    )

    class Meta:
        model = Evaluation
        fields = ["id", "run", "suites", "datasets", "weights", "values", "job", "created_at"]


class NewEvaluation(serializers.Serializer):
    suites = ManyOfProject(queryset=Suite.objects.all(), most=MOST, default=list)
    datasets = ManyOfProject(
        queryset=DatasetVersion.objects.select_related("dataset", "job"), most=MOST, default=list, help_text="versions"
    )
    weights = serializers.ChoiceField(
        choices=["last", "averaged"],
        default="last",
        help_text="of the last step, or their average where the run keeps one",
    )
