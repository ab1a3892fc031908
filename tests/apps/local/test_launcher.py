import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from apps.local.env import ROOT
from apps.local.launcher import lock


def launch(environment, *words, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "apps.local", *words],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_port_in_use_is_one_sentence_and_starts_nothing(var, environment, left):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = launch(environment, "up", "--port", str(port))
        output, errors = process.communicate(timeout=30)
    assert (process.returncode, output) == (2, "")
    assert errors == f"Port {port} is in use: choose another with --port (make demo PORT=8001).\n"
    assert left() == [] and not (var / "postgres").exists()


def test_a_second_launcher_on_the_same_folder_is_one_sentence(var, environment):
    with lock(var):
        process = launch(environment, "up", "--port", str(free_port()))
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert errors.startswith(f"Gradatim is already running on {var} (process {os.getpid()}): stop it first")


def test_a_foreign_data_folder_is_one_sentence(var, environment, left):
    (var / "postgres" / "data").mkdir(parents=True)
    process = launch(environment, "up", "--port", str(free_port()))
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert len(errors.splitlines()) == 1 and "was not made by Gradatim" in errors
    assert left(seconds=5) == []


def test_the_lock_tells_whether_the_launcher_before_was_killed(var):
    with lock(var) as was_killed:
        assert not was_killed
    (var / "lock").write_text("12345\n")
    with lock(var) as was_killed:
        assert was_killed
    with lock(var) as was_killed:
        assert not was_killed


@pytest.mark.slow
def test_up_serves_and_an_interrupt_leaves_nothing_though_a_shell_had_it_ignored(var, environment, left):
    port = free_port()
    process = launch(
        environment,
        *("up", "--port", str(port)),
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    try:
        first = process.stdout.readline()
        assert first.startswith(f"Serving  http://127.0.0.1:{port}/"), (
            first,
            process.stderr.read() if not first else "",
        )
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as page:
                assert page.status == 200
        except urllib.error.HTTPError as error:
            assert error.code < 500, error.read()
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=90)
    finally:
        process.kill()
    assert process.returncode == 0, output
    assert "Stopping ..." in output and "killed" not in output
    assert left(seconds=2) == []
    assert "database system is shut down" in (var / "log" / "postgres.log").read_text()
