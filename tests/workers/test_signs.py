"""A worker and the scheduler say that they are alive, and when they end."""

import os
import signal
import subprocess
import sys

import pytest

from apps.site import signs
from tests.workers.conftest import ROOT, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_worker_says_what_it_serves_while_it_lives_and_takes_it_back_when_it_ends(worker_environment, queue_name):
    command = [sys.executable, "-m", "celery", "--app", "workers.app", "--quiet", "worker", "--queues", queue_name]
    command += ["--concurrency", "1", "--without-gossip", "--without-mingle"]
    process = subprocess.Popen(command, env=worker_environment, cwd=ROOT, start_new_session=True)
    try:
        wait_for(lambda: queue_name in signs.silence(on=signs.here()), 40)
        assert signs.silence()[queue_name] < 3
        process.terminate()
        assert process.wait(20) == 0
        assert queue_name not in signs.silence()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_the_scheduler_says_so_after_each_sweep(scheduler):
    wait_for(lambda: signs.SCHEDULER in signs.silence())
    first = signs.silence()[signs.SCHEDULER]
    wait_for(lambda: signs.silence()[signs.SCHEDULER] < first or first < 1)
    scheduler.terminate()
    assert scheduler.wait(10) == 0
    assert signs.SCHEDULER not in signs.silence()
