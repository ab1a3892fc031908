"""What owners do with webhooks."""

from django.db import transaction
from django.db.models.functions import Now

from apps.accounts.models import Project, User
from apps.audit import refusals
from apps.audit.services import record
from apps.webhooks import addresses, outbox, signing
from apps.webhooks.courier import host_of
from apps.webhooks.models import Delivery, Webhook
from gradatim.errors import UserError

MOST = 10


def create_webhook(*, project: Project, url: str, by: User) -> tuple[Webhook, str]:
    """A webhook and its secret, which is not shown again; ``UserError`` where nothing may be sent to that address."""
    with refusals.recorded(project=project, by=by), transaction.atomic():
        url = addresses.check(url)
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # of two at once the second counts the first
        if project.webhooks.count() >= MOST:
            raise UserError(f"A project has at most {MOST} webhooks: delete one first.", field="url")
        if project.webhooks.filter(url=url).exists():
            raise UserError("This address is told already.", field="url")
        hook = Webhook.objects.create(project=project, url=url, secret=signing.new_secret(), created_by=by)
        _note("webhook.create", hook, by)
        return hook, hook.secret


@transaction.atomic
def delete_webhook(*, webhook: Webhook, by: User) -> None:
    """Nothing more is sent there, not even what waits; its log goes, too."""
    _note("webhook.delete", webhook, by)
    Webhook.objects.filter(pk=webhook.pk).delete()


@transaction.atomic
def switch(*, webhook: Webhook, active: bool, by: User) -> Webhook:
    """Off: nothing is sent, and what happens meanwhile is never told. On: what still waits is sent."""
    changed = Webhook.objects.filter(pk=webhook.pk, active=not active)
    if changed.update(active=active, failures=0, switched_off_why=""):
        _note("webhook.on" if active else "webhook.off", webhook, by)
    webhook.refresh_from_db()
    return webhook


def send_test(*, webhook: Webhook, by: User) -> Delivery:
    """A message that tells of nothing; it is tried once, whether or not the webhook is on."""
    data = {"sentence": f"A test that {by.username} asked for.", "project": project_of(webhook.project)}
    sent = outbox.message(webhook, outbox.TEST, "A test", data)
    sent.save(force_insert=True)
    return sent


def send_again(*, delivery: Delivery) -> None:
    """Try a message that did not arrive from the beginning; ``UserError`` where it did, or is waiting to be sent."""
    if not Delivery.objects.filter(pk=delivery.pk, next_at=None, delivered_at=None).update(next_at=Now(), tries=0):
        raise UserError("Only a message that did not arrive can be sent again.")


def project_of(project: Project) -> dict:
    """A project as messages name it."""
    return {"id": str(project.pk), "name": project.name}


def _note(kind: str, webhook: Webhook, by: User) -> None:
    record(kind=kind, by=by, project=webhook.project, on=webhook, name=host_of(webhook))
