"""How a task ends, told by its last line and its exit code; endings that need a process get one."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from gradatim.cli import main, running
from gradatim.errors import UserError
from gradatim.events import Note, Progress
from gradatim.types import Stopped
from tests.gradatim.cli.shell import ROOT, shell


def run(capsys, steps, seed=0):
    code = running.run_steps("thing", seed, steps)
    captured = capsys.readouterr()
    return code, [json.loads(line) for line in captured.out.splitlines()], captured.err


def raising(error):
    def steps(should_stop):
        yield Progress(1, 2, "rows")
        raise error

    return steps


def test_events_are_lines_and_the_seed_comes_first(capsys):
    code, lines, err = run(capsys, lambda stop: iter([Progress(1, 2, "rows"), Note("so far")]), seed=7)
    assert (code, err) == (0, "")
    assert [line["event"] for line in lines] == ["note", "progress", "note"]
    assert lines[0]["data"] == {"task": "thing", "seed": 7}
    assert abs(lines[0]["time"] - time.time()) < 60


def test_a_mistake_of_the_users_ends_with_its_sentence(capsys):
    code, lines, err = run(capsys, raising(UserError("Choose another file.", field="source.path")))
    assert code == 2
    assert (lines[-1]["level"], lines[-1]["text"]) == ("error", "Choose another file.")
    assert lines[-1]["data"] == {"cause": "user", "field": "source.path"}
    assert err == "Choose another file.\n"


def test_a_task_that_is_put_down_says_so_by_its_exit_code(capsys):
    assert run(capsys, raising(Stopped()))[0] == 75


class OutOfMemoryError(RuntimeError):
    """Named as torch's is."""


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (MemoryError(), "out_of_memory"),
        (OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), "out_of_memory"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried ..."), "out_of_memory"),
        (RuntimeError("can't start new thread"), "no_threads"),
        (Exception("Unknown error: Failed to launch worker thread: Resource temporarily unavailable"), "no_threads"),
        (FloatingPointError("the loss is NaN at step 12"), "nan"),
        (ZeroDivisionError("division by zero"), "crash"),
        (SystemExit(3), "crash"),
    ],
)
def test_anything_else_ends_with_its_cause_and_a_traceback(capsys, error, cause):
    code, lines, err = run(capsys, raising(error))
    assert code == 1
    assert lines[-1]["level"] == "error"
    assert lines[-1]["data"]["cause"] == cause
    assert type(error).__name__ in lines[-1]["text"]
    assert "Traceback" in lines[-1]["data"]["traceback"]
    assert "Traceback" not in err


def test_handlers_are_put_back(capsys):
    before = signal.getsignal(signal.SIGTERM)
    run(capsys, lambda stop: iter([]))
    assert signal.getsignal(signal.SIGTERM) is before


SLOW = """
import sys, time
from gradatim.cli import running
from gradatim.events import Progress
from gradatim.types import Stopped

def steps(should_stop):
    step = 0
    while True:
        yield Progress(step, None, "steps")
        step += 1
        time.sleep(0.02)
        if {heeds} and should_stop():
            raise Stopped

running.GRACE_SECONDS = 0.5
raise SystemExit(running.run_steps("slow", 0, steps, watch_stdin={watch}))
"""


def start(heeds, watch):
    code = SLOW.format(heeds=heeds, watch=watch)
    child = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    child.stdout.readline()
    child.stdout.readline()
    return child


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_asks_the_task_to_stop(number):
    child = start(heeds=True, watch=True)
    child.send_signal(number)
    assert child.wait(timeout=10) == 75
    assert child.stderr.read() == b""


def test_the_end_of_the_supervisors_pipe_asks_the_task_to_stop():
    child = start(heeds=True, watch=True)
    child.stdin.close()
    assert child.wait(timeout=10) == 75


def test_an_orphan_that_does_not_stop_is_ended():
    child = start(heeds=False, watch=True)
    closed = time.monotonic()
    child.stdin.close()
    assert child.wait(timeout=10) == 75
    assert time.monotonic() - closed < 5
    assert running.GRACE_SECONDS < 5


def test_without_a_supervisor_the_end_of_the_input_means_nothing():
    child = start(heeds=True, watch=False)
    child.stdin.close()
    for _ in range(20):
        assert child.stdout.readline()
    child.send_signal(signal.SIGTERM)
    assert child.wait(timeout=10) == 75


def test_a_reader_that_leaves_stops_the_task_without_noise():
    child = start(heeds=True, watch=False)
    child.stdout.close()
    assert child.wait(timeout=10) == 75
    assert child.stderr.read() == b""


def write_job(folder, **changes):
    job = {"format": 1, "task": "plan", "params": {}, "seed": 0, "inputs": [], "previous": []} | changes
    folder.mkdir(exist_ok=True)
    (folder / "job.json").write_text(json.dumps(job))
    return folder


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"format": 2}, "format"),
        ({"task": None}, "task"),
        ({"task": "nothing"}, "method"),
        ({"seed": -1}, "seed"),
        ({"seed": True}, "seed"),
        ({"params": []}, "params"),
        ({"inputs": [3]}, "inputs"),
        ({"inputs": ["/nowhere"]}, ""),
        ({"params": {}}, "curriculum"),
    ],
)
def test_a_job_that_cannot_run_ends_with_a_sentence_as_its_last_event(capsys, tmp_path, changes, field):
    assert main(["work", str(write_job(tmp_path / "job", **changes))]) == 2
    captured = capsys.readouterr()
    last = json.loads(captured.out.splitlines()[-1])
    assert last["level"] == "error" and last["data"]["cause"] == "user"
    assert last["data"]["field"] == field
    assert captured.err.strip() == last["text"]


def test_a_folder_without_a_job_is_refused(capsys, tmp_path):
    assert main(["work", str(tmp_path)]) == 2
    assert "job.json" in capsys.readouterr().err


def test_a_job_folder_is_worked_in_a_process_of_its_own(tmp_path):
    data = tmp_path / "data.jsonl"
    data.write_text("".join(json.dumps({"text": f"Sentence number {i}."}) + "\n" for i in range(50)))
    source = {"kind": "file", "path": str(data), "mapping": {"text": "text"}}
    folder = write_job(tmp_path / "job", task="import_dataset", params={"source": source}, seed=3)
    result = shell("work", folder)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.returncode == 0, result.stdout
    assert lines[0]["data"] == {"task": "import_dataset", "seed": 3}
    artifact = next(line for line in lines if line["event"] == "artifact")
    assert artifact["role"] == "dataset" and artifact["meta"]["rows"] == 50
    assert (folder / "out" / artifact["path"] / "manifest.json").is_file()


def test_a_job_whose_supervisor_is_gone_from_the_start_stops(tmp_path):
    source = {"kind": "python_library", "part": "code"}
    folder = write_job(tmp_path / "job", task="import_dataset", params={"source": source})
    reader, writer = os.pipe()
    os.close(writer)
    try:
        result = shell("work", folder, stdin=reader)
    finally:
        os.close(reader)
    assert result.returncode == 75
    assert not list(folder.glob("out/*/manifest.json"))
