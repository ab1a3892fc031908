"""Webhooks over the API, for the owners of a project alone."""

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.generics import ListAPIView
from rest_framework.response import Response

from apps.common.endpoints import ProjectRows, read
from apps.common.roles import require_owner
from apps.webhooks import selectors, serializers, services
from apps.webhooks.models import Delivery


class WebhookList(ProjectRows):
    """The addresses that are told when a job of the project ends."""

    serializer_class = serializers.WebhookRow
    owners = True

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        require_owner(request.user, self.project)

    def rows(self, project):
        return project.webhooks.all()

    @extend_schema(
        operation_id="projects_webhooks_create",
        request=serializers.NewWebhook,
        responses={201: serializers.MadeWebhook},
    )
    def post(self, request, pk):
        """Tell another address. The secret that signs is in this answer alone."""
        asked = self.asked(serializers.NewWebhook)
        hook, secret = services.create_webhook(project=self.project, by=request.user, **asked)
        return self.made(hook, secret=secret)


@extend_schema(methods=["GET"], operation_id="webhooks_read", responses=serializers.WebhookRow)
@extend_schema(
    methods=["PATCH"],
    operation_id="webhooks_change",
    request=serializers.WebhookRow,
    responses=serializers.WebhookRow,
)
@extend_schema(methods=["DELETE"], operation_id="webhooks_delete", responses={204: None})
@api_view(["GET", "PATCH", "DELETE"])
def webhook(request, pk):
    """One webhook; PATCH switches it off and on."""
    hook = selectors.for_owner(request.user, pk)
    if request.method == "DELETE":
        services.delete_webhook(webhook=hook, by=request.user)
        return Response(status=204)
    if request.method == "PATCH":
        hook = services.switch(webhook=hook, by=request.user, **read(serializers.WebhookRow, request))
    return Response(serializers.WebhookRow(hook).data)


@extend_schema(operation_id="webhooks_test", request=None, responses={201: serializers.DeliveryRow})
@api_view(["POST"])
def test(request, pk):
    """Send a message that tells of nothing; what comes of it stands in the log."""
    hook = selectors.for_owner(request.user, pk)
    sent = services.send_test(webhook=hook, by=request.user)
    return Response(serializers.DeliveryRow(Delivery.objects.get(pk=sent.pk)).data, status=201)


class DeliveryList(ListAPIView):
    """What a webhook was told, or is yet to be, newest first."""

    serializer_class = serializers.DeliveryRow

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return Delivery.objects.none()
        return selectors.for_owner(self.request.user, self.kwargs["pk"]).deliveries.all()
