"""What endpoints of the API are made of: the door to a row, the reading of a body, and the rows of a project."""

import tempfile
from operator import attrgetter

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.shortcuts import get_object_or_404
from rest_framework import generics, serializers
from rest_framework.parsers import BaseParser
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response

from apps.accounts.models import Project
from apps.common.roles import require_editor, require_owner
from gradatim.errors import UserError


def door(request, rows, pk, *, owners: bool = False):
    """The row, 404 for whom it is not there; to write, one is an editor of its project (or an owner), else 403."""
    rows = rows.all()
    row = get_object_or_404(rows.visible_to(request.user), pk=pk)
    if request.method not in SAFE_METHODS:
        project = row if isinstance(row, Project) else attrgetter(rows.project_path.replace("__", "."))(row)
        (require_owner if owners else require_editor)(request.user, project)
    return row


def read(serializer: type[serializers.Serializer], request, *, data=None, **context) -> dict:
    """The values of the body (or of ``data``), checked; whatever is wrong is said at its field."""
    asked = serializer(data=request.data if data is None else data, context={"request": request, **context})
    asked.is_valid(raise_exception=True)
    return asked.validated_data


class Bytes(BaseParser):
    """The body as a file, one byte longer than allowed where it is too long; beyond a few megabytes it is on disk."""

    media_type = "application/octet-stream"

    def parse(self, stream, media_type=None, parser_context=None):
        file, left = tempfile.SpooledTemporaryFile(max_size=4 << 20), settings.UPLOAD_PLAIN_MAX_BYTES + 1  # noqa: SIM115
        while left and (chunk := stream.read(min(left, 1 << 16))):
            file.write(chunk)
            left -= len(chunk)
        return file


def sent_file(request) -> UploadedFile:
    """The body that :class:`Bytes` read, under the name in ``?name=``."""
    size = request.data.tell() if hasattr(request.data, "tell") else 0
    if not size:
        raise UserError("The file is empty.", field="file")
    return UploadedFile(request.data, name=request.query_params.get("name", "")[:255], size=size)


class OfProject(serializers.PrimaryKeyRelatedField):
    """The id of a row of the very project in ``context["project"]``."""

    def get_queryset(self):
        rows = super().get_queryset()
        return rows.filter(**{rows.project_path: self.context["project"]})


class ManyOfProject(serializers.ListField):
    """Ids of rows of the very project in ``context["project"]``, in order, each once; one query however many they are."""

    child = serializers.UUIDField()

    def __init__(self, *, queryset, most: int, **kwargs):
        self.queryset, self.most = queryset, most
        super().__init__(max_length=most, **kwargs)

    def to_internal_value(self, data):
        if isinstance(data, list) and len(data) > self.most:
            raise serializers.ValidationError(f"Name at most {self.most} at once.")
        ids = list(dict.fromkeys(super().to_internal_value(data)))
        rows = self.queryset.all()
        found = rows.filter(**{rows.project_path: self.context["project"]}).in_bulk(ids)
        if missing := [str(key) for key in ids if key not in found]:
            raise serializers.ValidationError(f"This project has no {rows.model._meta.verbose_name} {missing[0]}.")
        return [found[key] for key in ids]


class RowsBelow(generics.ListAPIView):
    """The rows below the row of ``parents`` with the key ``pk``; subclasses that also make some add ``post``."""

    parents = None

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        self.parent = door(request, self.parents, kwargs["pk"])

    def rows(self):
        raise NotImplementedError

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.serializer_class.Meta.model.objects.none()
        return self.rows()


class ProjectRows(generics.ListAPIView):
    """The rows of one project at ``projects/<pk>/...``; subclasses that also make some add ``post``.

    The door opens first: a viewer's POST is refused before its body is looked at.
    """

    owners = False

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        self.project = door(request, Project.objects, kwargs["pk"], owners=self.owners)

    def rows(self, project):
        raise NotImplementedError

    def get_queryset(self):
        return self.rows(Project() if getattr(self, "swagger_fake_view", False) else self.project)

    def asked(self, serializer: type[serializers.Serializer]) -> dict:
        return read(serializer, self.request, project=self.project)

    def made(self, row, **more) -> Response:
        return Response({**self.get_serializer(row).data, **more}, status=201)
