"""A worker's signs of life, given by its main process: its children come and go."""

import logging
import time

from django.conf import settings
from django.db import connection

import gradatim
from apps.jobs import nodes
from apps.site import signs
from apps.site.celery import app
from workers import machine
from workers.database import BROKEN

_due = 0.0
_name, _slots = "", 1
_machine: dict = {}

log = logging.getLogger(__name__)


def know_myself(sender, instance, **_) -> None:
    """Celery has set the worker up: its node name and the size of its pool are known."""
    global _name, _slots
    _name, _slots = sender, instance.concurrency


def give(**_) -> None:
    """Celery's own heartbeat came by (every two seconds); ours is rarer."""
    global _due, _machine
    if time.monotonic() < _due:
        return
    _due = time.monotonic() + settings.JOB_HEARTBEAT
    _machine = _machine or machine.machine()
    queues = sorted(app.amqp.queues.consume_from)
    _say(lambda: signs.give(parts=queues, process=signs.myself()))
    about = {"version": gradatim.__version__, "machine": _machine, "load": machine.load()}
    _say(lambda: nodes.announce(name=_name, queues=queues, slots=_slots, **about))


def take_back(**_) -> None:
    """The worker ends."""
    _say(lambda: signs.take_back(process=signs.myself()))
    _say(lambda: nodes.leave(name=_name))


def _say(action) -> None:
    try:
        action()
    except BROKEN as error:
        log.warning("No sign of life could be given: %s", str(error).strip())
    finally:
        # Children are forked from this process: they must not inherit an open connection.
        connection.close()
