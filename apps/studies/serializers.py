"""Studies as the API shows them."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.jobs.models import Status
from apps.studies.kinds import KINDS


class StudyRun(serializers.Serializer):
    """One run of a study; what is gone since has no job."""

    arm = serializers.CharField()
    seed = serializers.IntegerField()
    run = serializers.UUIDField()
    job = serializers.UUIDField(allow_null=True)
    status = serializers.ChoiceField(choices=Status.choices)


class StudyRow(serializers.Serializer):
    """A study and how far it is; ``comparison`` is null where that was deleted."""

    id = serializers.UUIDField(source="study.pk")
    project = serializers.UUIDField(source="study.project_id")
    kind = serializers.CharField(source="study.kind")
    name = serializers.CharField(source="study.name")
    question = serializers.CharField(source="study.question")
    params = serializers.DictField(source="study.params")
    comparison = serializers.UUIDField(source="study.shown", allow_null=True)
    created_at = serializers.DateTimeField(source="study.created_at")
    total = serializers.IntegerField(help_text="runs")
    done = serializers.IntegerField()
    failed = serializers.IntegerField(help_text="that failed, were cancelled or are gone")
    seconds_left = serializers.FloatField(
        allow_null=True, help_text="one run after the other; null where nothing was measured"
    )
    runs = serializers.SerializerMethodField()

    @extend_schema_field(StudyRun(many=True))
    def get_runs(self, progress) -> list[dict]:
        found = progress.runs
        rows = [
            {
                **cell,
                "job": found[cell["run"]].job_id if cell["run"] in found else None,
                "status": found[cell["run"]].job.status if cell["run"] in found else Status.FAILED,
            }
            for cell in progress.study.cells
        ]
        return StudyRun(rows, many=True).data


class StudyMade(StudyRow):
    queued = serializers.IntegerField(help_text="runs that were queued just now; the others were there already")


class NewStudy(serializers.Serializer):
    kind = serializers.CharField(help_text=f"one of {', '.join(KINDS)}")
    params = serializers.DictField(help_text="what the kind asks for; docs/studies.md has all of them")
    name = serializers.CharField(default="", allow_blank=True, max_length=100)
    question = serializers.CharField(default="", allow_blank=True, max_length=2000)


class StudyToForecast(serializers.Serializer):
    kind = serializers.CharField(help_text=f"one of {', '.join(KINDS)}")
    params = serializers.DictField()


class ArmRow(serializers.Serializer):
    name = serializers.CharField()
    there = serializers.IntegerField(help_text="runs that are there already")
    made = serializers.IntegerField(help_text="runs that would be trained")
    tokens = serializers.IntegerField(help_text="a run")
    steps = serializers.IntegerField(help_text="a run")


class StudyForecastRow(serializers.Serializer):
    """Before it is begun; tokens, steps and seconds are those of all runs that would be trained, one after the other."""

    made = serializers.IntegerField()
    there = serializers.IntegerField()
    tokens = serializers.IntegerField()
    steps = serializers.IntegerField()
    seconds = serializers.FloatField(allow_null=True, help_text="null where nothing like it was measured yet")
    said = serializers.ListField(child=serializers.CharField(), help_text="what the curricula repeat or run out of")
    arms = ArmRow(many=True)
