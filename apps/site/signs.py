"""Processes say that they are alive, and readiness asks when they last did. By the database's clock alone."""

import os
import socket
from datetime import timedelta

from django.db.models import Max
from django.db.models.functions import Now

from apps.site.models import Sign

SCHEDULER = "scheduler"
FORGOTTEN_AFTER = timedelta(days=1)


def myself() -> str:
    return f"{here()}{os.getpid()}"


def here() -> str:
    """How the names of this machine's processes begin."""
    return f"{socket.gethostname()}/"


def give(*, parts: list[str], process: str) -> None:
    """This process is alive; one statement, whether or not it has said so before."""
    Sign.objects.bulk_create(
        [Sign(part=part[:16], process=process[:200], seen_at=Now()) for part in parts],
        update_conflicts=True,
        unique_fields=["part", "process"],
        update_fields=["seen_at"],
    )


def take_back(*, process: str) -> None:
    """This process ends in good order: nobody need wait until its silence is noticed."""
    Sign.objects.filter(process=process[:200]).delete()


def forget() -> None:
    """Drop processes that have been silent for a day."""
    Sign.objects.filter(seen_at__lt=Now() - FORGOTTEN_AFTER).delete()


def silence(*, on: str = "") -> dict[str, float]:
    """Seconds since the last sign of each part, of its most recent process whose name begins with ``on``."""
    rows = Sign.objects.filter(process__startswith=on).order_by().values("part").annotate(age=Now() - Max("seen_at"))
    return {row["part"]: row["age"].total_seconds() for row in rows}
