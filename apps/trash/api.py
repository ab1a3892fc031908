"""The trash over the API."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from apps.accounts.models import Project
from apps.common.endpoints import door
from apps.common.roles import require_editor, require_owner
from apps.trash import selectors, services
from apps.trash.kinds import KINDS, project_of


class TrashedItem(serializers.Serializer):
    """Something in the trash; it is deleted for good at ``until``."""

    id = serializers.UUIDField(source="row.pk")
    kind = serializers.ChoiceField(choices=list(KINDS), source="kind.name")
    name = serializers.CharField(source="row.name")
    trashed_at = serializers.DateTimeField(source="row.trashed_at")
    trashed_by = serializers.CharField(source="row.trashed_by.username", default="")
    until = serializers.DateTimeField()
    bytes = serializers.IntegerField()


class Freed(serializers.Serializer):
    bytes = serializers.IntegerField(help_text="what the deletion freed")


@extend_schema(operation_id="projects_trash_list", responses=TrashedItem(many=True))
@api_view(["GET"])
def trash(request, pk):
    """What lies in a project's trash, newest first."""
    return Response(TrashedItem(selectors.trash_of(door(request, Project.objects, pk)), many=True).data)


def of_kind(name: str):
    """The endpoints of one kind: put into the trash, restore, delete for good."""
    kind, word = KINDS[name], name.replace("-", "_")

    def found(request, pk, *, trashed: bool, owners: bool = False):
        row = selectors.find(user=request.user, kind=kind, key=pk, trashed=trashed)
        if row is None:
            raise Http404
        (require_owner if owners else require_editor)(request.user, project_of(row))
        return row

    @extend_schema(
        methods=["POST"],
        operation_id=f"trash_{word}",
        request=None,
        responses={204: None},
        description=f"Put a {kind.words} into the trash; refused, with the list, while something still needs it.",
    )
    @extend_schema(
        methods=["DELETE"],
        operation_id=f"trash_{word}_delete",
        responses=Freed,
        description=f"Delete a {kind.words} that lies in the trash for good. Owners only.",
    )
    @api_view(["POST", "DELETE"])
    def item(request, pk):
        if request.method == "POST":
            services.put(kind=kind, row=found(request, pk, trashed=False), by=request.user)
            return Response(status=204)
        row = found(request, pk, trashed=True, owners=True)
        return Response({"bytes": services.purge(kind=kind, row=row, by=request.user)})

    @extend_schema(
        operation_id=f"trash_{word}_restore",
        request=None,
        responses={204: None},
        description=f"Take a {kind.words} out of the trash again.",
    )
    @api_view(["POST"])
    def restore(request, pk):
        services.restore(kind=kind, row=found(request, pk, trashed=True), by=request.user)
        return Response(status=204)

    return item, restore
