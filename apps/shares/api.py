"""Share links over the API. Their secrets are in the answer that makes them, and nowhere else."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response

from apps.common.endpoints import ManyOfProject, ProjectRows, door
from apps.comparisons.selectors import AXES, view_of
from apps.runs.models import Run
from apps.shares import selectors, services
from apps.shares.models import ShareLink


class ShareSummary(serializers.ModelSerializer):
    state = serializers.ChoiceField(["open", "revoked", "expired"])

    class Meta:
        model = ShareLink
        fields = [
            "id",
            "title",
            "question",
            "runs",
            "view",
            "state",
            "opens",
            "last_opened_at",
            "expires_at",
            "frozen_at",
            "created_at",
        ]


class NewShare(serializers.Serializer):
    title = serializers.CharField(max_length=200)
    question = serializers.CharField(default="", allow_blank=True, max_length=2000)
    runs = ManyOfProject(queryset=Run.objects.all(), most=services.MAX_RUNS, allow_empty=False)
    axis = serializers.ChoiceField(AXES, default="tokens")
    domain = serializers.CharField(default="", allow_blank=True, max_length=100)
    tolerance = serializers.FloatField(default=0.0, help_text="nats within which a loss counts as recovered")
    days = serializers.IntegerField(required=False, help_text="until it expires")
    frozen = serializers.BooleanField(
        default=False, help_text="go on showing what the comparison shows now, whatever becomes of the runs"
    )


class MadeShare(ShareSummary):
    url = serializers.CharField(help_text="shown this once")

    class Meta(ShareSummary.Meta):
        fields = [*ShareSummary.Meta.fields, "url"]


class ShareList(ProjectRows):
    """A project's share links, the newest first, with what became of them."""

    serializer_class = ShareSummary

    def rows(self, project):
        return selectors.links_of(project=project, user=self.request.user if self.request else None)

    def get_queryset(self):
        return ShareLink.objects.none() if getattr(self, "swagger_fake_view", False) else super().get_queryset()

    @extend_schema(operation_id="projects_shares_create", request=NewShare, responses={201: MadeShare})
    def post(self, request, pk):
        """A link to a list of runs, as they are or ``frozen``, for anybody who has it; its address is in this answer alone."""
        asked = dict(self.asked(NewShare))
        view = view_of({key: asked.pop(key) for key in ("axis", "domain", "tolerance")})
        asked["runs"] = [str(run.pk) for run in asked["runs"]]
        link, url = services.create_share(project=self.project, view=view.stored(), by=request.user, **asked)
        link.state = "open"
        return self.made(link, url=url)


@extend_schema(operation_id="shares_rotate", request=None, responses={200: MadeShare})
@api_view(["POST"])
def rotate(request, pk):
    """Another address for the same link, in this answer alone; the old one opens nothing any more."""
    link = door(request, ShareLink.objects.select_related("project"), pk)
    link, url = services.rotate(link=link, by=request.user)
    link.state, link.url = "open", url
    return Response(MadeShare(link).data)


@extend_schema(operation_id="shares_revoke", responses={204: None})
@api_view(["DELETE"])
def share(request, pk):
    """Nobody sees anything through the link from the next request on."""
    services.revoke(link=door(request, ShareLink.objects.select_related("project"), pk), by=request.user)
    return Response(status=204)
