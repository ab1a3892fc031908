"""Jobs as the API shows them to members of their project."""

from rest_framework import serializers

from apps.jobs.models import Attempt, Job, LogLine, Priority, Worker


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


class AttemptRow(serializers.ModelSerializer):
    class Meta:
        model = Attempt
        fields = ["number", "outcome", "reason", "peak_memory", "heartbeat_at", "finished_at"]


class JobDetail(serializers.ModelSerializer):
    attempts = AttemptRow(many=True)
    asked_by = serializers.CharField(source="created_by.username", default=None, allow_null=True, read_only=True)

    class Meta:
        model = Job
        fields = [
            "id",
            "project",
            "kind",
            "title",
            "queue",
            "priority",
            "status",
            "cancel_requested",
            "phase",
            "done",
            "total",
            "unit",
            "rate",
            "reason",
            "reference",
            "attempts",
            "retry_of",
            "asked_by",
            "created_at",
            "started_at",
            "finished_at",
        ]


class JobLine(serializers.ModelSerializer):
    attempt = serializers.IntegerField(source="attempt.number")

    class Meta:
        model = LogLine
        fields = ["id", "attempt", "at", "level", "text"]


class JobLog(serializers.Serializer):
    """Lines, oldest first; ``after`` is what to ask for next."""

    lines = JobLine(many=True)
    after = serializers.IntegerField()


class WorkerDetail(serializers.ModelSerializer):
    """A worker; ``alive`` says whether it gave a sign of life lately."""

    alive = serializers.BooleanField(read_only=True)

    class Meta:
        model = Worker
        fields = ["name", "queues", "slots", "version", "machine", "load", "draining", "alive", "seen_at", "gone_at"]
        read_only_fields = [name for name in fields if name != "draining"]
        extra_kwargs = {"draining": {"required": True}}


class JobPriority(serializers.Serializer):
    priority = serializers.ChoiceField(choices=Priority.choices)


class Notice(serializers.ModelSerializer):
    """A job of yours that is over."""

    project_name = serializers.CharField(source="project.name")

    class Meta:
        model = Job
        fields = ["id", "project", "project_name", "kind", "title", "status", "reason", "finished_at", "seen_at"]


class ReadNotices(serializers.Serializer):
    until = serializers.DateTimeField(required=False, help_text="those that ended up to then; all where it is left out")


class NoticesRead(serializers.Serializer):
    marked = serializers.IntegerField()
