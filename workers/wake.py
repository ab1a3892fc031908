"""The one task: a message wakes, the database says what to do. It ends when the queue has nothing left for it."""

import os
import socket
import time

from django.conf import settings

from apps.jobs import claims
from apps.jobs.messages import WAKE
from apps.site.celery import app
from workers import stopping
from workers.database import patiently
from workers.supervise import Supervisor


@app.task(name=WAKE, bind=True)
def wake(self, queue: str) -> None:
    with stopping.listening():
        while not stopping.requested() and run_next(queue, self.request.hostname or ""):
            pass


def run_next(queue: str, node: str = "") -> bool:
    """Claim one job for the worker ``node`` and see it to its end; False where there was none for it."""
    worker = f"{socket.gethostname()}/{queue}/{os.getpid()}"
    # A claim that was made and never heard of runs out like that of any lost worker.
    claim = patiently(
        lambda: claims.claim_next(queue=queue, worker=worker, node=node), until=time.monotonic() + settings.JOB_LEASE
    )
    if claim is None:
        return False
    Supervisor(claim).run()
    return True
