import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from apps.local.processes import CrashLoop, Service, Supervisor, finish, session_members, spawn


def service(var, code, **options):
    return Service("it", [sys.executable, "-c", textwrap.dedent(code)], var / "log" / "it.log", **options)


def wait_for(condition, seconds=10.0):
    ends = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < ends:
        time.sleep(0.02)
    return found


def test_a_service_that_dies_starts_again_after_a_pause(var):
    told = []
    supervisor = Supervisor(told.append)
    process = supervisor.start(service(var, "import time; time.sleep(60)"))
    process.kill()
    process.wait()
    supervisor.check()
    assert told and told[0].startswith("it ended with code -9; it starts again in 1 s")
    supervisor.children[0].next_try = 0.0
    supervisor.check()
    assert supervisor.children[0].process.pid != process.pid
    supervisor.stop("it")


def test_a_service_that_dies_again_and_again_is_given_up_with_its_last_words(var):
    supervisor = Supervisor(lambda line: None, give_up_after=2)
    supervisor.start(service(var, "raise SystemExit('no such luck')"))

    def check():
        supervisor.check()
        for child in supervisor.children:
            child.next_try = child.next_try and 0.0

    with pytest.raises(CrashLoop, match="it ended 2 times: no such luck"):
        wait_for(check)


def test_a_stubborn_service_and_its_helpers_are_killed(var):
    code = """
        import signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        print("up", flush=True)
        time.sleep(60)
    """
    process = spawn(service(var, code))
    assert wait_for(lambda: "up" in (var / "log" / "it.log").read_text())
    assert len(session_members(process.pid)) == 2
    finish(process, patience=0.2)
    assert wait_for(lambda: not session_members(process.pid))


def test_a_shells_ampersand_does_not_make_a_service_deaf_to_interrupts(var):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = spawn(service(var, "import signal; print(signal.getsignal(signal.SIGINT))"))
    finally:
        signal.signal(signal.SIGINT, before)
    process.wait()
    assert "default_int_handler" in (var / "log" / "it.log").read_text()


LAUNCHER = """
    import sys, time
    from pathlib import Path
    from apps.local import postgres, valkey
    from apps.local.processes import Service, Supervisor
    from apps.local.warden import Warden

    var = Path(sys.argv[1])
    warden = Warden()
    supervisor = Supervisor(print, warden.tell)
    database, broker = postgres.prepare(var), valkey.prepare(var)
    postgres.wait(database, supervisor.start(database.service))
    valkey.wait(broker, supervisor.start(broker.service))
    deaf = "import os, signal, time; os.fork(); signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    supervisor.start(Service("deaf", [sys.executable, "-c", deaf], var / "log" / "deaf.log"))
    time.sleep(0.3)
    print("up", flush=True)
    time.sleep(60)
"""


def test_a_launcher_that_is_killed_leaves_no_orphan(var, environment, left):
    launcher = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(LAUNCHER), str(var)],
        env={**environment, "GRADATIM_WARDEN_PATIENCE": "2"},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert launcher.stdout.readline() == "up\n"
    assert len(left()) >= 5
    os.kill(launcher.pid, signal.SIGKILL)
    launcher.wait()
    assert left(seconds=8) == []
