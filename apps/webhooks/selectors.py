"""Reads of webhooks."""

from django.conf import settings
from django.core.paginator import Page
from django.db.models import OuterRef, QuerySet, Subquery
from django.shortcuts import get_object_or_404

from apps.accounts.models import Project, User
from apps.common.roles import require_owner
from apps.webhooks.models import Delivery, Webhook

POLL_WAITING = 10


def of_project(project: Project) -> QuerySet[Webhook]:
    """Each with when it was told something last (``told_at``) and what came of that (``last_error``); one query."""
    last = Delivery.objects.filter(webhook=OuterRef("pk"), tried_at__isnull=False).order_by("-tried_at")
    return project.webhooks.annotate(
        told_at=Subquery(last.values("tried_at")[:1]), last_error=Subquery(last.values("error")[:1])
    )


def for_owner(user: User, pk) -> Webhook:
    """The webhook, 404 for a stranger to its project and 403 for a member who is no owner."""
    hook = get_object_or_404(Webhook.objects.visible_to(user).select_related("project", "created_by"), pk=pk)
    require_owner(user, hook.project)
    return hook


def poll_of(hook: Webhook, page: Page) -> float | None:
    """Seconds until it is worth asking again; None where nothing is on its way."""
    waiting = [row for row in page.object_list if row.state == "to_send" and (hook.active or row.event == "test")]
    if not waiting:
        return None
    return settings.POLL_RUNNING if any(not row.tries for row in waiting) else POLL_WAITING


def deleting(hook: Webhook) -> dict:
    """What the page says that asks whether to delete it."""
    return {
        "title": "Delete this webhook?",
        "sentences": [
            f"{hook.url} is told nothing more, not even what waits to be sent, and the log of what it was told goes, too.",
            "Its secret is gone then: the same address, added again, gets another one.",
        ],
        "word": "Delete the webhook",
    }
