"""Runs as the API shows them to members of their project."""

from rest_framework import serializers

from apps.common.endpoints import ManyOfProject, OfProject
from apps.curricula.models import CurriculumVersion
from apps.datasets.models import DatasetVersion
from apps.evaluations.models import Suite
from apps.jobs.serializers import JobSummary
from apps.runs import checkpoints
from apps.runs.models import Run
from apps.runs.selectors import document_of, phases_of, verdict_of


class Phase(serializers.Serializer):
    name = serializers.CharField()
    start = serializers.IntegerField(help_text="tokens since the run's beginning")
    stop = serializers.IntegerField()


class Verdict(serializers.Serializer):
    state = serializers.ChoiceField(choices=["pending", "equal", "different"])
    sentence = serializers.CharField()
    steps = serializers.IntegerField(default=None, allow_null=True)
    first_difference = serializers.IntegerField(
        default=None, allow_null=True, help_text="the first step, from 1, that consumed something else than planned"
    )
    digest = serializers.CharField(default="", allow_blank=True, help_text="the last link of the chain of hashes")


class RunSummary(serializers.ModelSerializer):
    """One line of a list of runs."""

    job = JobSummary()
    curriculum = serializers.CharField(source="version.curriculum.name")
    curriculum_version = serializers.IntegerField(source="version.number")

    class Meta:
        model = Run
        fields = [
            "id",
            "project",
            "name",
            "notes",
            "tags",
            "is_baseline",
            "curriculum",
            "curriculum_version",
            "base",
            "seed",
            "digest",
            "job",
            "created_at",
        ]


class OrderWarning(serializers.Serializer):
    """An order beside the learning rate of its phase; nothing is refused for it."""

    phase = serializers.IntegerField(help_text="number of the phase, from 0")
    stream = serializers.CharField()
    kind = serializers.ChoiceField(choices=["best last", "hardest last", "unknown last", "best first"])
    sentence = serializers.CharField()
    trend = serializers.FloatField(help_text="rank correlation of position and score while the phase is trained")
    end = serializers.FloatField(help_text="learning rate at the end of the phase, as a share of its peak")
    floor = serializers.FloatField(
        allow_null=True, help_text="the floor of a gentle decay; null where it mends nothing"
    )


class QueuedRun(RunSummary):
    """A run that was just asked for, and what is worth knowing before it trains."""

    warnings = serializers.SerializerMethodField()

    class Meta(RunSummary.Meta):
        fields = [*RunSummary.Meta.fields, "warnings"]

    def get_warnings(self, run) -> OrderWarning(many=True):
        return OrderWarning(self.context["warnings"], many=True).data


class RunDetail(RunSummary):
    """A run with its document (as far as it is known), its phases and what its certificate says."""

    document = serializers.SerializerMethodField()
    phases = serializers.SerializerMethodField()
    certificate = serializers.SerializerMethodField()

    class Meta(RunSummary.Meta):
        fields = [*RunSummary.Meta.fields, "document", "phases", "certificate"]

    def get_document(self, run) -> dict:
        return document_of(run)

    def get_phases(self, run) -> Phase(many=True):
        return phases_of(run)

    def get_certificate(self, run) -> Verdict:
        facts = {key: run.certificate.get(key) for key in ("steps", "first_difference")}
        return verdict_of(run) | facts | {"digest": run.certificate.get("digest", "")}


class NewRuns(serializers.Serializer):
    """One run a seed."""

    name = serializers.CharField(max_length=120)
    version = OfProject(queryset=CurriculumVersion.objects.select_related("curriculum__project"))
    recipe = serializers.DictField(
        help_text="model (left out with a base, but for weights: averaged), schedules (one a phase), batch_size, context, "
        "precision, loss_on (everything or answers), attention (packed or within_samples), evaluation, averaging (method ema "
        "or sma, decay, every, last)"
    )
    seeds = serializers.ListField(child=serializers.IntegerField(), default=lambda: [0])
    base = OfProject(queryset=Run.objects.all(), default=None, allow_null=True, help_text="the run to continue from")
    evaluated_on = ManyOfProject(
        queryset=DatasetVersion.objects.all(),
        most=100,
        default=list,
        help_text="whose held-out samples measure it; empty: those that the curriculum draws from",
    )
    suites = ManyOfProject(
        queryset=Suite.objects.all(), most=50, default=list, help_text="of questions that it is asked while it trains"
    )
    notes = serializers.CharField(default="", allow_blank=True)
    tags = serializers.ListField(child=serializers.CharField(), default=list)


class EditRun(serializers.Serializer):
    notes = serializers.CharField(allow_blank=True)
    tags = serializers.ListField(child=serializers.CharField())


class CheckpointFile(serializers.Serializer):
    name = serializers.CharField()
    size = serializers.IntegerField(help_text="bytes")


class Checkpoint(serializers.Serializer):
    """``needed_by`` names, in words, what keeps it from being deleted."""

    digest = serializers.CharField(source="checkpoint.digest", default=None, allow_null=True)
    pinned = serializers.BooleanField(source="checkpoint_pinned")
    deleted_at = serializers.DateTimeField(source="checkpoint_deleted_at", allow_null=True)
    files = serializers.SerializerMethodField()
    needed_by = serializers.SerializerMethodField()

    def get_files(self, run) -> CheckpointFile(many=True):
        return checkpoints.files_of(run)

    def get_needed_by(self, run) -> list[str]:
        return checkpoints.users_of(run)


class Pin(serializers.Serializer):
    pinned = serializers.BooleanField()


class Points(serializers.Serializer):
    """One series, thinned to what was asked for: arrays of equal length."""

    tokens = serializers.ListField(child=serializers.IntegerField())
    steps = serializers.ListField(child=serializers.IntegerField())
    time = serializers.ListField(child=serializers.FloatField(), help_text="seconds since the epoch")
    values = serializers.ListField(child=serializers.FloatField(allow_null=True))
    shown = serializers.IntegerField()
    total = serializers.IntegerField()


class Table(serializers.Serializer):
    columns = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(child=serializers.ListField())


class Figure(serializers.Serializer):
    """What a chart draws: a Plotly figure whose traces name their colour by ``meta.color``, and what it says."""

    figure = serializers.DictField(help_text="data and layout of Plotly")
    reading = serializers.CharField(allow_blank=True)
    table = Table(allow_null=True, help_text="null where the figure was asked for packed")
    shown = serializers.IntegerField()
    total = serializers.IntegerField()
    live = serializers.BooleanField(help_text="whether asking again is worth while")
    empty = serializers.CharField(allow_blank=True, help_text="what to say where there is nothing to draw")
