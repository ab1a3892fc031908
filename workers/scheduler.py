"""The scheduler: ``python -m workers.scheduler``. A process of its own on PostgreSQL alone, so that no job delays a sweep.

Two are harmless: an advisory lock lets one sweep at a time.
"""

import logging
import os
import signal
import threading
from contextlib import contextmanager

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.site.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from apps.jobs.sweep import sweep  # noqa: E402
from workers import database  # noqa: E402

#: Any number that nothing else in the database uses.
LOCK = 0x6772_6164_6174_696D

log = logging.getLogger("workers.scheduler")


def main() -> None:
    database.use_one_connection()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    log.info("The scheduler sweeps every %g seconds.", settings.JOB_SWEEP)
    while not stop.is_set():
        once()
        stop.wait(settings.JOB_SWEEP)
    connection.close()


def once() -> None:
    """One sweep; a database that does not answer is tried again at the next."""
    try:
        with sole() as alone:
            if alone and (swept := sweep()).lost + swept.cancelled:
                log.info("Swept: %d attempts lost, %d jobs cancelled.", swept.lost, swept.cancelled)
    except database.BROKEN as error:
        log.warning("The database does not answer: %s", str(error).strip())
        connection.close()
    # One bad row must not end all sweeping.
    except Exception:
        log.exception("A sweep broke off.")
        connection.close()


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
