"""A worker and the scheduler say that they are alive, and when they end."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from apps.jobs import messages, nodes
from apps.jobs.models import Worker
from apps.site import signs
from apps.site.celery import app
from tests.workers.conftest import ROOT, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_worker_says_what_it_serves_while_it_lives_and_takes_it_back_when_it_ends(worker_environment, queue_name):
    command = [sys.executable, "-m", "celery", "--app", "workers.app", "--quiet", "worker", "--queues", queue_name]
    command += ["--concurrency", "1", "--without-gossip", "--without-mingle"]
    process = subprocess.Popen(command, env=worker_environment, cwd=ROOT, start_new_session=True)
    try:
        wait_for(lambda: queue_name in signs.silence(on=signs.here()), 40)
        assert signs.silence()[queue_name] < 3
        row = wait_for(lambda: Worker.objects.filter(queues=[queue_name]).first())
        assert row.machine["memory"] > row.load["memory"] > 0
        assert (row.slots, row.machine["host"], row.gone_at) == (1, socket.gethostname(), None)
        process.terminate()
        assert process.wait(20) == 0
        assert queue_name not in signs.silence()
        row.refresh_from_db()
        assert row.gone_at is not None
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


def test_a_drained_worker_finishes_its_job_takes_no_other_and_goes_on_when_it_is_resumed(
    play, ended, start_worker, queue_name
):
    start_worker(queue_name)
    name = f"{queue_name}@test"
    nodes.announce(name=name, queues=[queue_name], slots=1, version="", machine={}, load={})
    row = Worker.objects.get(name=name)
    first = ended(play(["sleep", 1], queue=queue_name), "running")
    nodes.set_draining(worker=row, draining=True)
    second = play(queue=queue_name)
    assert ended(first).status == "succeeded"
    assert first.attempts.get().node == name
    assert first.attempts.get().peak_memory > 1_000_000
    with app.connection_for_write() as broker:
        messages.send([queue_name] * 2)
        wait_for(lambda: messages._waiting(broker, queue_name) == 0)
    second.refresh_from_db()
    assert second.status == "queued"
    nodes.set_draining(worker=row, draining=False)
    assert ended(second).status == "succeeded"
