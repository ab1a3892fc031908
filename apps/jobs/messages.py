"""A message only wakes a worker: it names a queue, never a job. Which job is next, the worker asks the database."""

import functools
import logging
from collections.abc import Iterable

from django.db import transaction
from kombu.exceptions import ChannelError

from apps.site.celery import app

WAKE = "workers.wake"
#: No more than this many messages wait in a queue because of sweeps: enough for as many idle slots at once.
WAITING_AT_MOST = 8
#: A request that sends a message must not wait for a broker that is down.
QUICKLY = {"socket_connect_timeout": 2, "max_retries": 1, "interval_start": 0, "interval_step": 0.1}

log = logging.getLogger(__name__)


def wake(queue: str) -> None:
    """Wake one worker of the queue once the transaction is committed."""
    transaction.on_commit(functools.partial(send, [queue]))


def send(queues: Iterable[str]) -> None:
    """Send one message for each entry now. A broker that is down is logged: the next sweep wakes the workers."""
    _with_broker(lambda connection: [_send(connection, queue) for queue in queues])


def top_up(wanted: dict[str, int]) -> None:
    """See to it that as many messages wait in each queue as it has jobs to claim, without piling up more."""

    def fill(connection):
        for queue, count in wanted.items():
            for _ in range(min(count, WAITING_AT_MOST) - _waiting(connection, queue)):
                _send(connection, queue)

    if wanted:
        _with_broker(fill)


def _with_broker(action) -> None:
    options = {**app.conf.broker_transport_options, **QUICKLY}
    try:
        with app.connection_for_write(transport_options=options) as connection:
            action(connection)
    # Transports raise errors of their own; none of them may fail a request whose rows are already committed.
    except Exception as error:
        log.warning("No worker could be woken, the next sweep will try again: %s", error)


def _send(connection, queue: str) -> None:
    app.send_task(WAKE, kwargs={"queue": queue}, queue=queue, connection=connection, retry=False)


def _waiting(connection, queue: str) -> int:
    channel = connection.channel()
    try:
        return channel.queue_declare(queue, passive=True).message_count
    except ChannelError:
        return 0
    finally:
        channel.close()
