"""Datasets, source files and tokenizers as the API shows and takes them."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.common.endpoints import ManyOfProject, OfProject
from apps.datasets import uploads
from apps.datasets.models import Dataset, DatasetExport, DatasetVersion, SourceFile, Tokenizer
from apps.jobs.serializers import JobSummary
from gradatim.corpora import mapping
from gradatim.errors import UserError

#: Dataset versions that one request may name.
MOST_VERSIONS = 100


class DatasetSummary(serializers.ModelSerializer):
    class Meta:
        model = Dataset
        fields = ["id", "project", "name", "description", "licence", "created_at"]


class DatasetVersionDetail(serializers.ModelSerializer):
    """A version: digest and sizes are there once its import has succeeded."""

    job = JobSummary()
    name = serializers.CharField(source="dataset.name")
    digest = serializers.CharField(source="artifact.digest", default=None, allow_null=True)
    rows = serializers.IntegerField(source="artifact.meta.rows", default=None, allow_null=True)
    bytes = serializers.IntegerField(source="artifact.meta.bytes", default=None, allow_null=True)
    held_out = serializers.IntegerField(source="artifact.meta.held_out", default=None, allow_null=True)
    domains = serializers.SerializerMethodField()
    report = serializers.DictField(help_text="of the import: bad rows by number, changes against the version before")

    class Meta:
        model = DatasetVersion
        fields = [
            "id",
            "dataset",
            "name",
            "number",
            "digest",
            "rows",
            "bytes",
            "held_out",
            "domains",
            "report",
            "job",
            "created_at",
        ]

    @extend_schema_field(serializers.DictField(help_text="rows, bytes and held_out by domain"))
    def get_domains(self, version) -> dict:
        return version.artifact.meta["domains"] if version.artifact else {}


class EditDataset(serializers.ModelSerializer):
    class Meta:
        model = Dataset
        fields = ["name", "description", "licence"]


class SourceFileRow(serializers.ModelSerializer):
    """A file that can be imported. ``received`` bytes of an upload are here; it is ``complete`` with ``size``."""

    received = serializers.SerializerMethodField()

    class Meta:
        model = SourceFile
        fields = ["id", "project", "name", "size", "root", "path", "received", "complete", "created_at"]

    def get_received(self, file) -> int:
        return file.size if file.complete else uploads.received(file.pk)


class NewFile(serializers.Serializer):
    """Either ``name`` and ``size`` of an upload, or ``root`` and ``path`` of a file in a folder of the server."""

    name = serializers.CharField(required=False, max_length=255)
    size = serializers.IntegerField(required=False, help_text="bytes")
    fingerprint = serializers.CharField(
        required=False, max_length=300, help_text="the same one goes on with an upload that broke off"
    )
    root = serializers.CharField(required=False, max_length=100)
    path = serializers.CharField(required=False, max_length=1000)

    def validate(self, values):
        if values.keys() not in ({"name", "size"}, {"name", "size", "fingerprint"}, {"root", "path"}):
            raise UserError("Give name and size of an upload, or root and path of a file on the server.", field="name")
        return values


class NewImport(serializers.Serializer):
    """An import: the next version of the dataset ``name``, which is made where it is new."""

    name = serializers.CharField(max_length=120)
    file = OfProject(queryset=SourceFile.objects.filter(complete=True, removed=False))
    mapping = serializers.DictField(
        default=dict,
        help_text="which field of the file is text, or prompt and answer, and which id and domain; domain_name names one "
        "domain for all. Plain text is cut by unit and min_chars.",
    )
    on_bad = serializers.ChoiceField(["stop", "skip"], default="stop")
    description = serializers.CharField(default="", allow_blank=True)
    licence = serializers.CharField(default="", allow_blank=True, max_length=120)

    def validate(self, values):
        try:
            mapping.parse(values["mapping"], domain_name="all")
        except UserError as error:
            raise UserError(error.sentence, field=error.field.removeprefix("source.")) from None
        return values


class OnBad(serializers.Serializer):
    on_bad = serializers.ChoiceField(["stop", "skip"], default="skip")


class Sample(serializers.Serializer):
    position = serializers.IntegerField()
    id = serializers.CharField()
    domain = serializers.CharField()
    prompt = serializers.CharField(allow_null=True)
    text = serializers.CharField(help_text="cut to what a list shows")
    whole = serializers.BooleanField(help_text="whether text is all of it")
    held_out = serializers.BooleanField()


class SamplePage(serializers.Serializer):
    total = serializers.IntegerField()
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    start = serializers.IntegerField(help_text="total is of the samples from this position on")
    stop = serializers.IntegerField(help_text="up to this one, where a search goes on")
    end = serializers.IntegerField(help_text="samples of the version: with stop equal to it nothing is left to search")
    samples = Sample(many=True)


class ExportDetail(serializers.ModelSerializer):
    """Samples of a version as one file; ``download`` is its address once the job has succeeded."""

    job = JobSummary()
    download = serializers.SerializerMethodField()

    class Meta:
        model = DatasetExport
        fields = ["id", "version", "format", "selection", "download", "job", "created_at"]

    def get_download(self, export) -> str:
        return reverse("api:export-file", args=[export.pk]) if export.artifact_id else ""


class NewExport(serializers.Serializer):
    """Which samples, as the page's form asks it; all of them where nothing is chosen."""

    format = serializers.ChoiceField(["jsonl", "parquet"], default="jsonl")
    domain = serializers.CharField(required=False)
    word = serializers.CharField(required=False)
    scores = serializers.UUIDField(required=False, help_text="a score set of this version, exported beside each sample")
    pick = serializers.ChoiceField(["highest", "lowest", "between"], required=False, help_text="by the score")
    count = serializers.IntegerField(required=False, help_text="how many of the highest or lowest")
    low = serializers.FloatField(required=False)
    high = serializers.FloatField(required=False)


class TokenizerSummary(serializers.ModelSerializer):
    job = JobSummary()
    digest = serializers.CharField(source="artifact.digest", default=None, allow_null=True)

    class Meta:
        model = Tokenizer
        fields = ["id", "project", "name", "vocab_size", "digest", "job", "created_at"]


class NewTokenizer(serializers.Serializer):
    name = serializers.CharField(max_length=120)
    versions = ManyOfProject(
        queryset=DatasetVersion.objects.select_related("job"), most=MOST_VERSIONS, allow_empty=False
    )
    vocab_size = serializers.IntegerField(min_value=260, max_value=262_144)


class BroughtTokenizer(serializers.Serializer):
    """The parts of a form."""

    file = serializers.FileField(help_text="tokenizer.json")
    template = serializers.FileField(
        required=False, help_text="its chat template: tokenizer_config.json, or the template alone"
    )
