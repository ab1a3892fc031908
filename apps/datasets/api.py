"""Datasets, source files and exports over the API."""

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view, parser_classes
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.response import Response

from apps.common.endpoints import ProjectRows, RowsBelow, door, read
from apps.datasets import selectors, serializers, services, sources, uploads
from apps.datasets.forms import ExportForm
from apps.datasets.models import Dataset, DatasetExport, DatasetVersion, SourceFile
from gradatim.errors import UserError

VERSIONS = DatasetVersion.objects.select_related("dataset__project", "artifact", "job")


class Misplaced(APIException):
    status_code = 409


class Piece(BaseParser):
    """Bytes as they are, no more than one piece may have."""

    media_type = "application/octet-stream"

    def parse(self, stream, media_type=None, parser_context=None) -> bytes:
        return stream.read(uploads.LARGEST_PIECE + 1)


class DatasetList(ProjectRows):
    """A project's datasets."""

    serializer_class = serializers.DatasetSummary

    def rows(self, project):
        return Dataset.objects.filter(project=project).order_by("name")


class VersionList(ProjectRows):
    """The versions of all datasets of a project, the newest first."""

    serializer_class = serializers.DatasetVersionDetail

    def rows(self, project):
        return VERSIONS.filter(dataset__project=project).order_by("-created_at")

    @extend_schema(
        operation_id="projects_versions_create",
        request=serializers.NewImport,
        responses={201: serializers.DatasetVersionDetail},
    )
    def post(self, request, pk):
        """Queue the import of an uploaded or registered file as the next version of a dataset."""
        asked = dict(self.asked(serializers.NewImport))
        source = {"kind": "file", "name": asked["file"].name, "mapping": asked.pop("mapping")}
        return self.made(services.import_dataset(project=self.project, source=source, by=request.user, **asked))


@extend_schema(methods=["GET"], operation_id="datasets_read", responses=serializers.DatasetSummary)
@extend_schema(
    methods=["PATCH"],
    operation_id="datasets_edit",
    request=serializers.EditDataset(partial=True),
    responses=serializers.DatasetSummary,
)
@api_view(["GET", "PATCH"])
def dataset(request, pk):
    """One dataset; its name, description and licence can be changed."""
    found = door(request, Dataset.objects.select_related("project"), pk)
    if request.method == "PATCH":
        asked = serializers.EditDataset(found, data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        now = {key: getattr(found, key) for key in ("name", "description", "licence")}
        found = services.edit_dataset(dataset=found, by=request.user, **now | asked.validated_data)
    return Response(serializers.DatasetSummary(found).data)


@extend_schema(operation_id="versions_read", responses=serializers.DatasetVersionDetail)
@api_view(["GET"])
def version(request, pk):
    """One version of a dataset."""
    return Response(serializers.DatasetVersionDetail(door(request, VERSIONS, pk)).data)


@extend_schema(
    operation_id="versions_import_again",
    request=serializers.OnBad,
    responses=serializers.DatasetVersionDetail,
)
@api_view(["POST"])
def import_again(request, pk):
    """Queue another import of a version that was not made, from the same file: to skip its bad rows, say."""
    found = door(request, VERSIONS, pk)
    made = services.import_again(version=found, by=request.user, **read(serializers.OnBad, request))
    return Response(serializers.DatasetVersionDetail(VERSIONS.get(pk=made.pk)).data)


@extend_schema(
    operation_id="versions_samples",
    parameters=[
        OpenApiParameter("q", str, description="a word that the samples contain, in any case"),
        OpenApiParameter("domain", str),
        OpenApiParameter("page", int, default=1),
        OpenApiParameter("start", int, default=0, description="where a search goes on: the stop of an earlier answer"),
    ],
    responses=serializers.SamplePage,
)
@api_view(["GET"])
def samples(request, pk):
    """Samples of a version in import order, twenty a page. A search reads only so much: it says where it stopped."""
    found = door(request, VERSIONS, pk)
    if not found.artifact:
        raise UserError("This version is not imported yet.")
    query = {"word": request.query_params.get("q", "")[:200], "domain": request.query_params.get("domain", "")}
    start = request.query_params.get("start") or "0"
    if not (start.isdecimal() and start.isascii() and len(start) < 16):
        raise UserError("start is the position of a sample.", field="start")
    read_ = selectors.samples(found.artifact, **query, page=request.query_params.get("page", 1), start=int(start))
    page = {"total": read_.total, "page": read_.page.number, "pages": read_.page.paginator.num_pages}
    page |= {"start": read_.start, "stop": read_.stop, "end": read_.end}
    return Response(serializers.SamplePage({**page, "samples": read_.rows}).data)


class FileList(ProjectRows):
    """Files that were uploaded or registered and wait for their import."""

    serializer_class = serializers.SourceFileRow

    def rows(self, project):
        return SourceFile.objects.filter(project=project, removed=False, versions=None).order_by("-created_at")

    @extend_schema(
        operation_id="projects_files_create", request=serializers.NewFile, responses={201: serializers.SourceFileRow}
    )
    def post(self, request, pk):
        """Begin an upload (or go on with one of the same fingerprint), or register a file in a folder of the server."""
        asked = self.asked(serializers.NewFile)
        if "root" in asked:
            return self.made(sources.register(project=self.project, by=request.user, **asked))
        asked = {"fingerprint": "", **asked}
        return self.made(sources.start_upload(project=self.project, by=request.user, **asked))


@extend_schema(methods=["GET"], operation_id="files_read", responses=serializers.SourceFileRow)
@extend_schema(
    methods=["PUT"],
    operation_id="files_append",
    parameters=[OpenApiParameter("offset", int, required=True, description="where the piece begins")],
    request={"application/octet-stream": OpenApiTypes.BINARY},
    responses=serializers.SourceFileRow,
)
@extend_schema(methods=["DELETE"], operation_id="files_discard", responses={204: None})
@api_view(["GET", "PUT", "DELETE"])
@parser_classes([Piece])
def file(request, pk):
    """An upload: how much is here, its next piece (at most 16 MiB; 409 where it begins elsewhere), its end."""
    found = door(request, SourceFile.objects.select_related("project"), pk)
    if request.method == "DELETE":
        sources.discard(file=found)
        return Response(status=204)
    if request.method == "PUT":
        found = _appended(found, request.query_params.get("offset", ""), request.data)
    return Response(serializers.SourceFileRow(found).data)


def _appended(found: SourceFile, offset: str, data) -> SourceFile:
    if not offset.isdecimal():
        raise UserError("Say with offset where the piece begins.", field="offset")
    if not isinstance(data, bytes) or not 0 < len(data) <= uploads.LARGEST_PIECE:
        raise UserError("A piece has between 1 and 16,777,216 bytes.", field="file")
    try:
        return sources.add_piece(file=found, offset=int(offset), data=data)
    except sources.Misplaced as error:
        raise Misplaced(f"{error.args[0]} bytes are here: the next piece begins there.") from None
    except UserError:  # what is here can never become complete: another try begins anew
        sources.discard(file=found)
        raise


class ExportList(RowsBelow):
    """The exports of a version, the newest first."""

    serializer_class = serializers.ExportDetail
    parents = VERSIONS

    def rows(self):
        return self.parent.exports.select_related("job").order_by("-created_at")

    @extend_schema(operation_id="exports_list")
    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="exports_create", request=serializers.NewExport, responses={201: serializers.ExportDetail}
    )
    def post(self, request, pk):
        """Samples of the version, all or some, written to one file by a job."""
        found = self.parent
        if not found.artifact:
            raise UserError("This version is not imported yet.")
        asked = read(serializers.NewExport, request)
        form = ExportForm(found, asked | ({"scores": str(asked["scores"])} if "scores" in asked else {}))
        if not form.is_valid():
            raise ValidationError(form.errors)
        chosen = {"format": form.cleaned_data["format"], "selection": form.selection()}
        made = services.export_version(version=found, by=request.user, **chosen)
        return Response(self.get_serializer(made).data, status=201)


@extend_schema(operation_id="exports_file", responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
@api_view(["GET"])
def export_file(request, pk):
    """The samples of an export that has succeeded."""
    found = door(request, DatasetExport.objects.select_related("artifact", "version__dataset__project"), pk)
    if not found.artifact:
        raise UserError("This export is not written yet.")
    file = services.take_export(export=found, by=request.user).open("rb")
    return FileResponse(file, as_attachment=True, filename=f"samples.{found.format}")


@extend_schema(operation_id="exports_read", responses=serializers.ExportDetail)
@api_view(["GET"])
def export(request, pk):
    """One export."""
    found = door(request, DatasetExport.objects.select_related("job"), pk)
    return Response(serializers.ExportDetail(found).data)
