"""Tokenizers over the API."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view, parser_classes
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from apps.accounts.models import Project
from apps.common.endpoints import Bytes, ProjectRows, door, sent_file
from apps.datasets import serializers, tokenizer_services
from apps.datasets.models import Tokenizer
from gradatim.errors import UserError


class TokenizerList(ProjectRows):
    """A project's tokenizers."""

    serializer_class = serializers.TokenizerSummary

    def rows(self, project):
        return Tokenizer.objects.filter(project=project).select_related("job", "artifact").order_by("name")

    @extend_schema(
        operation_id="projects_tokenizers_create",
        request=serializers.NewTokenizer,
        responses={201: serializers.TokenizerSummary},
    )
    def post(self, request, pk):
        """Queue the training of a byte-level BPE tokenizer on dataset versions."""
        asked = self.asked(serializers.NewTokenizer)
        return self.made(tokenizer_services.train(project=self.project, by=request.user, **asked))


@extend_schema(operation_id="tokenizers_read", responses=serializers.TokenizerSummary)
@api_view(["GET"])
def tokenizer(request, pk):
    """One tokenizer."""
    rows = Tokenizer.objects.select_related("job", "artifact")
    return Response(serializers.TokenizerSummary(door(request, rows, pk)).data)


@extend_schema(
    operation_id="projects_tokenizers_bring",
    parameters=[
        OpenApiParameter("name", str, required=True, description="what the tokenizer is called here"),
        OpenApiParameter("end_of_text", str, description="its token that ends a sample, where that is not plain"),
    ],
    request={"application/octet-stream": OpenApiTypes.BINARY, "multipart/form-data": serializers.BroughtTokenizer},
    responses={201: serializers.TokenizerSummary},
)
@api_view(["POST"])
@parser_classes([Bytes, MultiPartParser])
def bring(request, pk):
    """Take a tokenizer.json of Hugging Face tokenizers: the body, or the part ``file`` of a form whose part ``template`` is its chat template."""
    project = door(request, Project.objects, pk)
    asked = {key: request.query_params.get(key, "") for key in ("name", "end_of_text")}
    made = tokenizer_services.upload(project=project, by=request.user, **_files(request), **asked)
    return Response(serializers.TokenizerSummary(made).data, status=201)


def _files(request) -> dict:
    if not hasattr(request.data, "getlist"):
        return {"file": sent_file(request)}
    if "file" not in request.FILES:
        raise UserError("Send the tokenizer.json as the form's part “file”.", field="file")
    return {"file": request.FILES["file"], "template": request.FILES.get("template")}
