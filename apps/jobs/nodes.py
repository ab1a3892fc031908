"""Workers as people see them: who announced itself, what it runs on, whether it takes work. By the database's clock.

A worker is known by its node name (``gpu@host``), which it keeps over restarts: draining one lasts until it is resumed.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import BooleanField, Case, F, QuerySet, When
from django.db.models.functions import Now

from apps.jobs import messages
from apps.jobs.models import Attempt, Worker

FORGOTTEN_AFTER = timedelta(days=7)
#: Heartbeats that may be missed before a worker counts as silent.
MISSED = 3


def announce(*, name: str, queues: list[str], slots: int, version: str, machine: dict, load: dict) -> None:
    """The worker is alive; one statement, whether or not it is known. ``machine`` stays as it is, ``load`` changes."""
    row = Worker(
        name=name[:200],
        queues=queues,
        slots=slots,
        version=version[:32],
        machine=machine,
        load=load,
        seen_at=Now(),
        gone_at=None,
    )
    fresh = ["queues", "slots", "version", "machine", "load", "seen_at", "gone_at"]
    Worker.objects.bulk_create([row], update_conflicts=True, unique_fields=["name"], update_fields=fresh)


def leave(*, name: str) -> None:
    """The worker ended in good order."""
    Worker.objects.filter(name=name[:200]).update(gone_at=Now())


def drained(name: str) -> bool:
    """Whether the worker shall claim nothing. One that was never announced takes work."""
    return Worker.objects.filter(name=name[:200], draining=True).exists()


@transaction.atomic
def set_draining(*, worker: Worker, draining: bool) -> Worker:
    """Let the worker finish what it has and take nothing new, or let it take work again."""
    Worker.objects.filter(pk=worker.pk).update(draining=draining)
    worker.refresh_from_db()
    if not draining:
        for queue in worker.queues:
            messages.wake(queue)
    return worker


def workers() -> QuerySet[Worker]:
    """Every worker by name, with ``alive`` and ``silent_for`` (a duration since its last sign of life)."""
    limit = timedelta(seconds=MISSED * settings.JOB_HEARTBEAT + settings.JOB_SWEEP)
    alive = Case(
        When(gone_at__isnull=True, seen_at__gte=Now() - limit, then=True), default=False, output_field=BooleanField()
    )
    return Worker.objects.annotate(alive=alive, silent_for=Now() - F("seen_at")).order_by("name")


def running_on(rows: list[Worker]) -> dict[str, list[Attempt]]:
    """What each worker has in hand, by its name; one query."""
    attempts = Attempt.objects.filter(outcome="", node__in=[row.name for row in rows]).select_related("job__project")
    found: dict[str, list[Attempt]] = {}
    for attempt in attempts.order_by("created_at"):
        found.setdefault(attempt.node, []).append(attempt)
    return found


def forget() -> None:
    """Drop workers that have been silent for a week."""
    Worker.objects.filter(seen_at__lt=Now() - FORGOTTEN_AFTER).delete()
