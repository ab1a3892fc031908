"""Curricula, their versions and plans as the API shows and takes them."""

from rest_framework import serializers

from apps.curricula.models import Curriculum, CurriculumVersion, Plan
from apps.jobs.serializers import JobSummary

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
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(default="", allow_blank=True)
    draft = serializers.DictField(help_text=DRAFT)


class NewCurriculumVersion(serializers.Serializer):
    draft = serializers.DictField(help_text=DRAFT)


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
