"""Who holds a job: workers that lost their lease, sleep past it or tell the time wrongly, and two sweepers at once."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from apps.jobs import endings, services
from apps.jobs.models import Job, LogLine, Status
from tests.apps.jobs.making import claim, outcomes
from tests.workers.conftest import INTERVALS, ROOT, is_running, wait_for
from tests.workers.faults.conftest import has_measured, running
from tests.workers.faults.whole import assert_counted

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_worker_that_lost_its_lease_kills_its_child_and_writes_nothing(measured, ended, patient_worker, queue_name):
    job = measured("patient")
    has_measured(job)
    _, child = running(job)
    Job.objects.filter(pk=job.pk).update(queue=queue_name)
    assert endings.lose(job=job.pk, lease=job.attempts.get().lease, reason="It was taken from its worker.")
    written = lambda: (list(LogLine.objects.values_list("id")), Job.objects.values().get(pk=job.pk))  # noqa: E731
    before = written()
    wait_for(lambda: not is_running(child))
    assert written() == before
    assert outcomes(job) == ["lost"]


def test_a_worker_that_slept_past_its_lease_changes_nothing_when_it_wakes(
    measured, ended, start_worker, scheduler, queue_name
):
    sleepy = start_worker(queue_name)
    job = measured(queue_name)
    has_measured(job)
    supervisor, child = running(job)
    os.kill(supervisor, signal.SIGSTOP)
    os.kill(sleepy.process.pid, signal.SIGSTOP)
    ended(job, Status.QUEUED)
    start_worker(queue_name)
    ended(job)
    os.kill(supervisor, signal.SIGCONT)
    os.kill(sleepy.process.pid, signal.SIGCONT)
    wait_for(lambda: not is_running(child))
    job.refresh_from_db()
    assert (job.status, outcomes(job)) == (Status.SUCCEEDED, ["lost", "succeeded"])
    assert_counted(job)


def test_two_schedulers_are_harmless_and_end_when_asked(play, ended, scheduler, worker_environment, tmp_path):
    logs = tmp_path / "scheduler.log", tmp_path / "second.log"
    with logs[1].open("wb") as log:
        second = subprocess.Popen(
            [sys.executable, "-m", "workers.scheduler"], env=worker_environment, cwd=ROOT, stdout=log, stderr=log
        )
    try:
        wait_for(lambda: all("sweeps every" in log.read_text() for log in logs))
        job = play(queue="nobody")
        services.request_cancel(job=job, by=job.created_by)
        lost = play(queue="nobody")
        claim("nobody")
        ended(lost, Status.QUEUED)
        assert (lost.attempts_counted, outcomes(lost)) == (1, ["lost"])
        for process, number in ((scheduler, signal.SIGTERM), (second, signal.SIGINT)):
            process.send_signal(number)
            assert process.wait(10) == 0
    finally:
        second.kill()
        second.wait()


SLEEP = "import select, time; time.sleep = lambda seconds: select.select([], [], [], seconds) and None"


def faketime() -> str:
    """The library that moves a process's clock (Debian: libfaketime)."""
    named = os.environ.get("GRADATIM_FAKETIME")
    found = [named] if named else [path for path in Path("/usr/lib").glob("**/faketime/libfaketime.so.1")]
    if not found:
        pytest.skip("libfaketime is not installed (apt-get install libfaketime), or name it in GRADATIM_FAKETIME")
    return str(found[0])


@pytest.mark.parametrize("off", ["+3600s", "-3600s"])
def test_a_worker_whose_clock_is_an_hour_off_holds_its_lease_and_loses_it_by_the_databases_clock(
    measured, ended, start_worker, scheduler, queue_name, off, tmp_path
):
    # The library's own sleep takes the one clock for the other (0.9.10), so Python waits by select.
    (tmp_path / "sitecustomize.py").write_text(SLEEP)
    clock = {"LD_PRELOAD": faketime(), "FAKETIME": off, "DONT_FAKE_MONOTONIC": "1", "PYTHONPATH": str(tmp_path)}
    wrong = start_worker(queue_name, **clock)
    job = measured(queue_name, ["count", 80, 0.05, 5])  # twice as long as a lease
    assert abs(clock_of(running(job)[0]) - float(off[:-1])) < 60
    ended(job)
    assert outcomes(job) == ["succeeded"], job.traceback or job.reason
    assert_counted(job, 80)
    attempt = job.attempts.get()
    assert timedelta(0) <= attempt.finished_at - attempt.created_at < timedelta(minutes=5)
    assert attempt.finished_at <= database_now()
    lost = measured(queue_name)
    has_measured(lost)
    wrong.kill()
    ended(lost, Status.QUEUED)
    start_worker(queue_name)
    ended(lost)
    assert outcomes(lost) == ["lost", "succeeded"]
    assert_counted(lost)


def clock_of(pid) -> float:
    """How far the process says that its clock is off; the library reads it from its environment."""
    words = dict(line.split("=", 1) for line in Path(f"/proc/{pid}/environ").read_text().split("\0") if "=" in line)
    return float(words["FAKETIME"].rstrip("s"))


def database_now():
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        return cursor.fetchone()[0]


def test_a_job_ends_properly_with_the_intervals_that_an_installation_has(
    measured, play, ended, start_worker, queue_name, alice, settings
):
    start_worker(queue_name, 2, **dict.fromkeys(INTERVALS))
    job = measured(queue_name, ["count", 60, 0.05, 5])
    running(job)
    job.refresh_from_db()
    assert timedelta(seconds=50) < job.lease_until - database_now() <= timedelta(seconds=60)
    long = play(["sleep", 60], queue=queue_name)
    running(long)
    services.request_cancel(job=long, by=alice)
    assert ended(long).status == Status.CANCELLED
    assert ended(job).status == Status.SUCCEEDED
    assert outcomes(job) == ["succeeded"]
    assert_counted(job, 60)
