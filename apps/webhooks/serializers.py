"""Webhooks as the API shows them to owners. A secret is in the answer that makes one, and nowhere else."""

from rest_framework import serializers

from apps.webhooks.addresses import LONGEST
from apps.webhooks.models import Delivery, Webhook


class WebhookRow(serializers.ModelSerializer):
    class Meta:
        model = Webhook
        fields = ["id", "url", "active", "switched_off_why", "created_at"]
        read_only_fields = ["id", "url", "switched_off_why", "created_at"]
        extra_kwargs = {"active": {"required": True}}


class NewWebhook(serializers.Serializer):
    url = serializers.CharField(max_length=LONGEST)


class MadeWebhook(WebhookRow):
    secret = serializers.CharField(help_text="signs what is sent; shown this once")

    class Meta(WebhookRow.Meta):
        fields = [*WebhookRow.Meta.fields, "secret"]


class DeliveryRow(serializers.ModelSerializer):
    """``state`` is to_send, delivered or undelivered; status, seconds and error are those of the last try."""

    state = serializers.ChoiceField(["to_send", "delivered", "undelivered"], read_only=True)

    class Meta:
        model = Delivery
        fields = [
            "id",
            "event",
            "subject",
            "title",
            "state",
            "tries",
            "status",
            "seconds",
            "error",
            "created_at",
            "tried_at",
            "next_at",
            "delivered_at",
        ]
