"""Webhooks: addresses that a project's owners want told what happened, and what each was told, or is yet to be."""

from django.db import models

from apps.accounts.models import Project, User, in_project
from apps.common.models import Row


class Webhook(Row):
    """``secret`` signs what is sent, so it is kept as it is; people see it once. ``failures``: tries that failed in a row."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=500)
    secret = models.CharField(max_length=80)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    active = models.BooleanField(default=True)
    failures = models.PositiveIntegerField(default=0)
    switched_off_why = models.CharField(max_length=200, blank=True)

    objects = in_project()

    class Meta:
        ordering = ["created_at"]


class Delivery(Row):
    """One message to one webhook; its id is the message's, the same at every try.

    ``subject`` is the id of what it is about, of which a webhook is told once. ``next_at``: when it is tried next, null where
    nothing is left to do. The answer's ``status``, ``seconds`` and ``error`` are those of the last try.
    """

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=32)
    subject = models.UUIDField(null=True)
    title = models.CharField(max_length=200)
    body = models.TextField()
    tries = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    seconds = models.FloatField(null=True)
    error = models.CharField(max_length=300, blank=True)

    objects = in_project("webhook__project")

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["webhook", "subject"], name="one_message_a_subject")]
        indexes = [
            models.Index("next_at", name="delivery_due", condition=models.Q(next_at__isnull=False)),
            models.Index(fields=["webhook", "-created_at"], name="delivery_log"),
        ]

    @property
    def state(self) -> str:
        if self.delivered_at:
            return "delivered"
        return "undelivered" if self.next_at is None else "to_send"
