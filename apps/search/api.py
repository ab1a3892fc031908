"""The search over the API."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from apps.common.endpoints import read
from apps.search import selectors
from apps.search.kinds import KINDS


class Asked(serializers.Serializer):
    q = serializers.CharField(max_length=selectors.LETTERS)
    project = serializers.UUIDField(required=False)
    kind = serializers.ChoiceField(choices=list(KINDS), required=False)
    limit = serializers.IntegerField(min_value=1, max_value=100, default=10)


class FoundRow(serializers.Serializer):
    id = serializers.CharField()
    title = serializers.CharField()
    project = serializers.CharField(help_text="its name; empty for a project")
    url = serializers.CharField(help_text="path of its page")


class FoundGroup(serializers.Serializer):
    kind = serializers.ChoiceField(choices=list(KINDS))
    more = serializers.BooleanField(help_text="there are more than were asked for")
    rows = FoundRow(many=True)


@extend_schema(
    operation_id="search",
    parameters=[
        OpenApiParameter("q", str, required=True, description="words that all occur, or the beginning of an id"),
        OpenApiParameter("project", {"type": "string", "format": "uuid"}, description="whose rows come first"),
        OpenApiParameter("kind", str, enum=list(KINDS), description="only these"),
        OpenApiParameter("limit", int, description="rows a kind, 1 to 100; 10 without it"),
    ],
    responses=FoundGroup(many=True),
)
@api_view(["GET"])
def search(request):
    """What you may see and all words occur in, by kind, the kind with the best match first."""
    asked = read(Asked, request, data=request.query_params)
    kinds = [asked["kind"]] if "kind" in asked else list(KINDS)
    groups = selectors.find(request.user, asked["q"], limit=asked["limit"], here=asked.get("project"), kinds=kinds)
    rows = [{"kind": group.name, "more": group.more, "rows": [_row(row) for row in group.rows]} for group in groups]
    return Response(FoundGroup(rows, many=True).data)


def _row(found: selectors.Found) -> dict:
    return {"id": found.key, "title": found.title, "project": found.under, "url": found.url}
