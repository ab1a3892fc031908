"""A worker's one connection, which outlives restarts of the database."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

T = TypeVar("T")
PAUSE = 0.2
BROKEN = (OperationalError, InterfaceError)

log = logging.getLogger(__name__)


def use_one_connection() -> None:
    """Call this before the first query. A pool has threads, which a fork does not survive, and one job needs no pool."""
    settings.DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        # A connection whose other end vanished must break well within the lease.
        "tcp_user_timeout": int(settings.JOB_LEASE * 1000 / 3),
    }


def patiently(action: Callable[[], T], *, until: float) -> T:
    """What ``action`` returns, tried again over fresh connections until the monotonic time ``until``.

    It may have taken effect although it is tried again: it must be harmless twice.
    """
    silent = False
    while True:
        try:
            return action()
        except BROKEN as error:
            connection.close()
            if time.monotonic() + PAUSE > until:
                raise
            if not silent:
                log.warning("The database does not answer, trying again: %s", str(error).strip())
            silent = True
            time.sleep(PAUSE)
