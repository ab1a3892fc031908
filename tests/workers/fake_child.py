"""A child that plays the steps in its job.json. Like the real one it stops on TERM and at the end of standard input."""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

folder = Path(sys.argv[1])
job = json.loads((folder / "job.json").read_text())
out = folder / "out"
stop, deaf = threading.Event(), threading.Event()


def say(kind, **fields):
    print(json.dumps({"event": kind, "time": time.time(), **fields}), flush=True)


def watch():
    while os.read(0, 100):
        pass
    if deaf.is_set():
        return
    stop.set()
    time.sleep(2)
    os._exit(75)


def event(fields):
    say(fields.pop("event"), **fields)


def sleep(seconds):
    if stop.wait(seconds):
        sys.exit(75)


def stubborn():
    """Ignore TERM, and start a helper that does too."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    helper = os.fork()
    if not helper:
        os.setpgid(0, os.getpgid(os.getppid()))
        time.sleep(60)
    say("note", text=f"helper {helper}", level="info", data={"helper": helper})


def hang_once():
    """Hear nothing and do nothing, unless an earlier attempt did."""
    if not job["previous"]:
        (out / "state").write_text("0")
        deaf.set()
        time.sleep(60)


def artifact(role, text, announced=None, path=None):
    from gradatim import artifacts

    made = out / role
    made.mkdir()
    (made / "data.txt").write_text(text)
    stored = artifacts.seal(made, role, {"bytes": len(text)})
    say("artifact", role=role, path=path or role, digest=announced or stored.digest, meta=stored.meta)


def count(total, pause, save_every):
    """Measure steps 1 to ``total``; a state is left every few steps and at a stop, and gone on from."""
    states = [Path(earlier) / "state" for earlier in job["previous"]]
    done = next((int(state.read_text()) for state in states if state.exists()), 0)
    if done:
        say("resumed", step=done, tokens=done * 10)
    for step in range(done + 1, total + 1):
        time.sleep(pause)
        say("metric", step=step, tokens=step * 10, values={"train/loss": 1.0 / step})
        say("progress", done=step, total=total, unit="steps", phase="count")
        if step % save_every == 0:
            (out / "state").write_text(str(step))
        if stop.is_set():
            (out / "state").write_text(str(step))
            sys.exit(75)


def ends_with(kind, text=""):
    """End as the real child does when its work raises this error; "memory" asks for more than there is."""
    from gradatim.cli import running

    def steps(should_stop):
        if kind == "memory":
            bytearray(1 << 40 if not text else int(text))
        raise type(kind, (RuntimeError,), {})(text)
        yield

    sys.exit(running.run_steps("fake", 0, steps))


def fill():
    """Leave no room at all on the disk."""
    with (out / "big").open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            pass


def told(name):
    """Wait until the test says so."""
    while not (folder.parent / name).exists():
        sleep(0.02)


def environment():
    say("note", text="environment", level="info", data={"environment": dict(os.environ), "cwd": os.getcwd()})


def given():
    say(
        "note",
        text="given",
        level="info",
        data={"inputs": job["inputs"], "previous": job["previous"], "seed": job["seed"]},
    )


STEPS = {f.__name__: f for f in (event, sleep, stubborn, hang_once, artifact, count, ends_with, fill, told)}
STEPS |= {"environment": environment, "given": given}
STEPS |= {
    "exit": sys.exit,
    "signal": lambda number: os.kill(os.getpid(), number),
    "say": lambda text: print(text, flush=True),
    "complain": lambda text, times=1: sys.stderr.write(text * times),
    "write": lambda name, text: (out / name).write_text(text),
}

signal.signal(signal.SIGTERM, lambda *_: stop.set())
threading.Thread(target=watch, daemon=True).start()
for name, *arguments in job["params"]["steps"]:
    STEPS[name](*arguments)
