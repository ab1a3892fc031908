"""What is to be sent: written in the transaction of what it tells of, so that both happened or neither did."""

import json
import uuid
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from apps.accounts.models import Project
from apps.webhooks.models import Delivery, Webhook

TEST = "test"


def put(*, project: Project, event: str, subject: UUID, title: str, data: dict) -> None:
    """A message to every webhook of the project that is on. One subject is told once, however often this is called."""
    hooks = Webhook.objects.filter(project=project, active=True)
    Delivery.objects.bulk_create(
        [message(hook, event, title, data, subject=subject) for hook in hooks], ignore_conflicts=True
    )


def heard_projects() -> QuerySet:
    """The ids of projects that somebody listens to."""
    return Webhook.objects.filter(active=True).values("project")


def message(webhook: Webhook, event: str, title: str, data: dict, *, subject: UUID | None = None) -> Delivery:
    """An unsaved delivery that is due at once."""
    key = uuid.uuid4()
    said = {"id": str(key), "type": event, "timestamp": timezone.now().isoformat(timespec="seconds"), "data": data}
    body = json.dumps(said, ensure_ascii=False)
    return Delivery(id=key, webhook=webhook, event=event, subject=subject, title=title[:200], body=body, next_at=Now())
