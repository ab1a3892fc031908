"""Journeys run as an installation does: the live server, the broker, and two worker processes with real children."""

import os
import shlex
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection, transaction

from tests.browser.keyboard import Keyboard
from tests.workers.conftest import INTERVALS, Worker, wait_for

#: A worker's child, with nothing between it and the library.
CHILD = [sys.executable, "-m", "gradatim", "work"]


@dataclass
class Workers:
    """The two workers of an installation; ``files`` is where their store, jobs and uploads lie, ``environment`` what they know."""

    files: Path
    environment: dict[str, str]
    started: list[Worker]

    def signal(self, number: int) -> None:
        for worker in self.started:
            os.killpg(worker.process.pid, number)

    def pause(self) -> None:
        """Stop them between two transactions: the tables are emptied now, and whoever holds a row of one would be in the way."""
        for _ in range(200):
            self.signal(signal.SIGSTOP)
            if nobody_else_is_at_the_database():
                return
            self.signal(signal.SIGCONT)
            time.sleep(0.05)
        raise AssertionError("The workers came to no rest.")


def nobody_else_is_at_the_database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
        )
        return cursor.fetchone()[0] == 0


@pytest.fixture(scope="session")
def workers(django_db_setup, services, tmp_path_factory):
    """Both for all journeys."""
    files = tmp_path_factory.mktemp("installation")
    head, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    environment = {
        **os.environ,
        **INTERVALS,
        "JOB_LEASE": "20",  # the machine may be busy: nothing here waits for a lease or a grace to end
        "JOB_CANCEL_GRACE": "60",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": f"{head}/{connection.settings_dict['NAME']}",
        "STORAGE_ROOT": str(files / "store"),
        "JOBS_ROOT": str(files / "jobs"),
        "UPLOAD_ROOT": str(files / "uploads"),
        "JOB_COMMAND": shlex.join(CHILD),
        "OMP_NUM_THREADS": "1",
    }

    def start(queue, slots):
        return Worker(environment, files / f"{queue}.log", queue, slots)

    with ThreadPoolExecutor() as pool:
        started = list(pool.map(start, ("cpu", "gpu"), (2, 1)))
    yield Workers(files, environment, started)
    for worker in started:
        worker.kill()


@pytest.fixture(autouse=True)
def installation(own_files, workers, settings, transactional_db):
    """The server sees the workers' files, and its pages follow running work closely. Nothing runs on into the next test."""
    settings.STORAGE_ROOT, settings.JOBS_ROOT = workers.files / "store", workers.files / "jobs"
    settings.UPLOAD_ROOT = workers.files / "uploads"
    settings.POLL_RUNNING = 0.5
    workers.signal(signal.SIGCONT)
    yield
    from django.utils import timezone

    from apps.jobs.models import Job, Status

    for job in Job.objects.order_by("created_at"):  # shown where the test failed
        took = (job.finished_at or timezone.now()) - job.started_at if job.started_at else ""
        print(job.status, took, job.title, job.phase, job.reason)
    Job.objects.filter(status=Status.QUEUED).update(status=Status.CANCELLED, finished_at=timezone.now())
    Job.objects.filter(status=Status.RUNNING).update(cancel_requested=True)
    wait_for(lambda: not Job.objects.filter(status=Status.RUNNING).exists(), 120)
    workers.pause()


@pytest.fixture
def open_page(open_page):
    """Pages that wait for as long as a busy machine takes: no journey is about how long a click lasts."""

    def open_patiently(*args, **options):
        page = open_page(*args, **options)
        page.set_default_timeout(180_000)
        return page

    return open_patiently


@pytest.fixture
def already():
    """What is made within ``with already():`` is done in this process: workers see it when it is there."""
    return transaction.atomic


@pytest.fixture
def keyboard():
    """``keyboard(page)`` are hands on that page."""
    return Keyboard
