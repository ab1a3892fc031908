"""The courier: takes what is due, sends it, and notes what came of it. Run by the scheduler's process, never by a request.

A message is taken for a time before it is sent, and noted after: whoever is killed in between has it sent once more. So it arrives at
least once, and its id tells whether it is the same.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.audit.services import record
from apps.webhooks import sending, signing
from apps.webhooks.models import Delivery, Webhook
from apps.webhooks.outbox import TEST

#: Messages that are taken at once, and how many of them are under way at the same time.
TAKEN, AT_ONCE = 16, 4
#: Beyond the time that sending takes: after it, whoever took a message is given up.
GRACE = 60


def deliver() -> int:
    """Send what is due, at most ``TAKEN``; how many that were."""
    taken = take()
    if taken:
        with ThreadPoolExecutor(AT_ONCE) as pool:  # the network alone: these threads know no database
            for delivery, outcome in zip(taken, pool.map(_send, taken), strict=True):
                note(delivery, outcome)
    return len(taken)


@transaction.atomic
def take() -> list[Delivery]:
    """The messages that are due, which nobody else takes for as long as sending may last."""
    waits = TAKEN / AT_ONCE * settings.WEBHOOK_TIMEOUT + GRACE
    due = Delivery.objects.filter(Q(webhook__active=True) | Q(event=TEST), next_at__lte=Now())
    rows = due.select_related("webhook__project").select_for_update(skip_locked=True, of=("self",))
    taken = list(rows.order_by("next_at")[:TAKEN])
    Delivery.objects.filter(pk__in=[row.pk for row in taken]).update(
        next_at=Now() + timedelta(seconds=waits), tries=F("tries") + 1, tried_at=Now()
    )
    for row in taken:
        row.tries += 1
    return taken


@transaction.atomic
def note(delivery: Delivery, outcome: sending.Outcome) -> None:
    """What came of a try; nothing where another one has begun since."""
    row = Delivery.objects.filter(pk=delivery.pk, tries=delivery.tries, delivered_at__isnull=True)
    said = {"status": outcome.status, "seconds": outcome.seconds, "error": outcome.error}
    hook = Webhook.objects.filter(pk=delivery.webhook_id)
    if not outcome.error:
        row.update(next_at=None, delivered_at=Now(), **said)
        hook.exclude(failures=0).update(failures=0)
        return
    if not row.update(next_at=_next(delivery), **said) or delivery.event == TEST:
        return
    hook.update(failures=F("failures") + 1)
    times = settings.WEBHOOK_OFF_AFTER
    why = f"Switched off by itself: {times} tries in a row failed. The last one: {outcome.error}"[:200]
    if hook.filter(active=True, failures__gte=times).update(active=False, switched_off_why=why):
        webhook = delivery.webhook
        record(kind="webhook.off", project=webhook.project, on=webhook, name=host_of(webhook), sentence=why)


def forget() -> None:
    """Drop the log of what is over and long ago; what is yet to be sent stays."""
    old = Now() - timedelta(days=settings.WEBHOOK_LOG_DAYS)
    Delivery.objects.filter(created_at__lt=old, next_at__isnull=True).delete()


def host_of(webhook: Webhook) -> str:
    """The address without what may be a secret of the receiver's: paths and queries are."""
    return webhook.url.split("?")[0].split("/", 3)[2] if "//" in webhook.url else webhook.url


def _next(delivery: Delivery):
    delays: Sequence[float] = settings.WEBHOOK_DELAYS
    if delivery.event == TEST or delivery.tries > len(delays):
        return None
    return Now() + timedelta(seconds=delays[delivery.tries - 1])


def _send(delivery: Delivery) -> sending.Outcome:
    hook = delivery.webhook
    signed = signing.headers(
        secret=hook.secret, message=str(delivery.pk), timestamp=int(time.time()), body=delivery.body
    )
    return sending.post(hook.url, headers=signed, body=delivery.body, timeout=settings.WEBHOOK_TIMEOUT)
