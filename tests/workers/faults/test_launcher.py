"""The one-command installation killed while a job runs: the launcher alone, then every process at once, as by a power cut."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys

import pytest

from tests.apps.local.conftest import processes_of
from tests.workers.conftest import FAKE_CHILD, INTERVALS, ROOT

SETTINGS = {
    **INTERVALS,
    "JOB_LEASE": "4",
    "JOB_KINDS": "tests.workers.kinds,workers.kinds",
    "JOB_COMMAND": shlex.join(FAKE_CHILD),
    "GRADATIM_WARDEN_PATIENCE": "2",
}


@pytest.fixture
def up(environment):
    """Start the installation and return its launcher once it serves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    started = []

    def start():
        command = [sys.executable, "-m", "apps.local", "up", "--port", port]
        process = subprocess.Popen(
            command,
            env={**environment, **SETTINGS},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        line = process.stdout.readline()
        assert line.startswith("Serving"), line + process.stdout.read()
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        process.stdout.close()


def test_an_installation_that_is_killed_and_switched_off_in_mid_job_comes_up_and_finishes_it(
    var, environment, left, up
):
    def inside(*words):
        command = [sys.executable, "-m", "tests.workers.faults.inside", *words]
        done = subprocess.run(
            command, env={**environment, **SETTINGS}, cwd=ROOT, capture_output=True, text=True, timeout=150, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    launcher = up()
    job = inside("queue")
    launcher.kill()
    launcher.wait()
    assert left(seconds=20) == []  # no orphan: the children stop, the databases shut down
    up()
    inside("wait", job, "2")
    for pid in processes_of(var):
        os.kill(pid, signal.SIGKILL)
    assert left(seconds=10) == []
    up()
    ended = json.loads(inside("finish", job))
    assert ended["status"] == "succeeded"
    outcomes = [attempt["outcome"] for attempt in ended["attempts"]]
    assert outcomes[-1] == "succeeded" and set(outcomes[:-1]) <= {"lost", "returned"}
