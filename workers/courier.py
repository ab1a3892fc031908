"""The thread of the scheduler that sends messages to webhooks: it has a connection to the database of its own."""

import logging
import threading

from django.conf import settings
from django.db import connection

from apps.webhooks import courier
from workers.database import BROKEN

#: What a message that is being sent has to arrive when the scheduler ends; one that is cut off is sent again.
LAST_SECONDS = 2.0

log = logging.getLogger(__name__)


def start(stop: threading.Event) -> threading.Thread:
    """Send until ``stop`` is set."""
    thread = threading.Thread(target=_run, args=[stop], name="courier", daemon=True)
    thread.start()
    return thread


def _run(stop: threading.Event) -> None:
    while not stop.is_set():
        if not once():
            stop.wait(settings.WEBHOOK_LOOK)
    connection.close()


def once() -> int:
    """Send what is due; a database that does not answer is tried again later."""
    try:
        return courier.deliver()
    except BROKEN as error:
        log.warning("The database does not answer: %s", str(error).strip())
    # One bad row must not end all sending.
    except Exception:
        log.exception("Messages could not be sent.")
    connection.close()
    return 0
