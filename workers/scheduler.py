"""The scheduler: ``python -m workers.scheduler``. A process of its own on PostgreSQL alone, so that no job delays a sweep.

Two are harmless: an advisory lock lets one sweep at a time. Once an hour it also clears what has expired. Beside it a thread
sends what webhooks are to be told, so that a slow receiver delays no sweep.
"""

import logging
import os
import signal
import threading
import time
from contextlib import contextmanager, suppress

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.site.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from apps.jobs import nodes  # noqa: E402
from apps.jobs.sweep import sweep  # noqa: E402
from apps.shares.services import forget_expired  # noqa: E402
from apps.site import signs  # noqa: E402
from apps.site.storage import store  # noqa: E402
from apps.trash.services import purge_expired  # noqa: E402
from apps.webhooks.courier import forget  # noqa: E402
from workers import courier, database  # noqa: E402

#: Any number that nothing else in the database uses.
LOCK = 0x6772_6164_6174_696D
CLEARS_EVERY = 3600.0
#: Storing an artifact takes minutes: what lies half stored for so long has lost its writer.
UNFINISHED_FOR = 24 * 3600.0

_clears_at = 0.0

log = logging.getLogger("workers.scheduler")


def main() -> None:
    database.use_one_connection()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    sender = courier.start(stop)
    log.info("The scheduler sweeps every %g seconds.", settings.JOB_SWEEP)
    while not stop.is_set():
        once()
        stop.wait(settings.JOB_SWEEP)
    sender.join(courier.LAST_SECONDS)
    with suppress(*database.BROKEN):
        signs.take_back(process=signs.myself())
    connection.close()


def once() -> None:
    """One sweep; a database that does not answer is tried again at the next."""
    try:
        with sole() as alone:
            if alone and (swept := sweep()).lost + swept.cancelled:
                log.info("Swept: %d attempts lost, %d jobs cancelled.", swept.lost, swept.cancelled)
            if alone:
                clear()
        # After the sweep: one that breaks off every time is no sign of life.
        signs.give(parts=[signs.SCHEDULER], process=signs.myself())
    except database.BROKEN as error:
        log.warning("The database does not answer: %s", str(error).strip())
        connection.close()
    # One bad row must not end all sweeping.
    except Exception:
        log.exception("A sweep broke off.")
        connection.close()


def clear() -> None:
    """Sessions that have expired, processes last heard of long ago, what lay in the trash for its time, what expired links kept, half
    artifacts."""
    global _clears_at
    if time.monotonic() >= _clears_at:
        _clears_at = time.monotonic() + CLEARS_EVERY
        call_command("clearsessions")
        signs.forget()
        nodes.forget()
        purge_expired()
        forget_expired()
        forget()
        store().clear_unfinished(older_than=UNFINISHED_FOR)


@contextmanager
def sole():
    """True for the one who holds the lock; it ends with the connection, should its holder die."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        (alone,) = cursor.fetchone()
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


if __name__ == "__main__":
    main()
