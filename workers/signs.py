"""A worker's signs of life, given by its main process: its children come and go."""

import logging
import time

from django.conf import settings
from django.db import connection

from apps.site import signs
from apps.site.celery import app
from workers.database import BROKEN

_due = 0.0

log = logging.getLogger(__name__)


def give(sender=None, **_) -> None:
    """Celery's own heartbeat came by (every two seconds); ours is rarer."""
    global _due
    if time.monotonic() < _due:
        return
    _due = time.monotonic() + settings.JOB_HEARTBEAT
    _say(lambda: signs.give(parts=list(app.amqp.queues.consume_from), process=signs.myself()))


def take_back(**_) -> None:
    """The worker ends."""
    _say(lambda: signs.take_back(process=signs.myself()))


def _say(action) -> None:
    try:
        action()
    except BROKEN as error:
        log.warning("No sign of life could be given: %s", str(error).strip())
    finally:
        # Children are forked from this process: they must not inherit an open connection.
        connection.close()
