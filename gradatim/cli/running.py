"""Run one task and say what it says: events as JSON lines on standard output, one exit code at the end.

The last line tells how it ended wherever that was not well. TERM and INT ask the task to stop, and so does, for `work`, the end
of the supervisor's pipe on standard input; after that a task that does not come to its end within seconds is ended.
"""

import os
import signal
import stat
import sys
import threading
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gradatim import params as parameters
from gradatim import registry
from gradatim.errors import UserError
from gradatim.events import Event, Note, to_line
from gradatim.types import Inputs, Stopped, TaskContext

DONE, FAILED, MISTAKE, STOPPED = 0, 1, 2, 75
#: an orphan ends within five seconds of its supervisor, whatever it does
GRACE_SECONDS = 4.0
#: What Arrow and Python say where no thread can be started: under a limit on memory there is no room for its stack.
NO_THREADS = ("failed to launch worker thread", "can't start new thread")


def run_task(
    task: str,
    params: dict,
    seed: int,
    inputs: Inputs | Iterable[Path],
    out: Path,
    previous: Iterable[Path] = (),
    *,
    watch_stdin: bool = False,
) -> int:
    """Run the task of that name to its end and return the exit code; see :func:`run_steps`."""

    def steps(should_stop) -> Iterator[Event]:
        found = inputs if isinstance(inputs, Inputs) else Inputs.from_folders(list(inputs))
        yield from events_of(task, params, seed, found, out, tuple(previous), should_stop)

    return run_steps(task, seed, steps, watch_stdin=watch_stdin)


def events_of(
    task: str, params: dict, seed: int, inputs: Inputs, out: Path, previous: tuple[Path, ...], should_stop
) -> Iterator[Event]:
    """The events of one task, its parameters validated and its output folder made."""
    module = registry.load("tasks", task)
    parsed = parameters.parse(module.Params, params)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The output folder {out} cannot be made: {error.strerror or error}.", field="out") from None
    yield from module.run(TaskContext(parsed, seed, inputs, out, previous, should_stop))


def run_steps(name: str, seed: int, steps, *, watch_stdin: bool = False) -> int:
    """Print the events of ``steps(should_stop)``, the seed first, and turn how it ended into the exit code.

    A mistake of the user's is also one sentence on standard error. A reader that has left counts as a request to stop.
    """
    with stop_requests(watch_stdin) as asked:
        try:
            _print(Note(f"{name} with seed {seed}", data={"task": name, "seed": seed}), asked)
            for event in steps(asked.is_set):
                _print(event, asked)
            return DONE
        except Stopped:
            return STOPPED
        except UserError as error:
            return mistake(error)
        except BaseException as error:  # whatever a task ends with becomes its last line
            data = {"cause": cause_of(error), "traceback": traceback.format_exc()}
            return _end(FAILED, _short(error), data)


def mistake(error: UserError) -> int:
    """Say a mistake of the user's as the last event and on standard error; its exit code."""
    return _end(MISTAKE, error.sentence, {"cause": "user", "field": error.field})


def cause_of(error: BaseException) -> str:
    """out_of_memory, no_threads, nan or crash; told by names, so that torch is not imported to find out."""
    text = str(error).lower()
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return "out_of_memory"
    if isinstance(error, (RuntimeError, OSError)) and ("out of memory" in text or "can't allocate memory" in text):
        return "out_of_memory"
    if any(words in text for words in NO_THREADS):
        return "no_threads"
    return "nan" if isinstance(error, FloatingPointError) else "crash"


@contextmanager
def stop_requests(watch_stdin: bool):
    """An event that is set when the work is to be put down; signal handlers are put back afterwards."""
    asked = threading.Event()
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            before[number] = signal.signal(number, lambda number, _: _ask(asked, number))
    if watch_stdin and _is_pipe(0):
        threading.Thread(target=_watch, args=(asked,), name="supervisor", daemon=True).start()
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ask(asked: threading.Event, number: int) -> None:
    if number == signal.SIGINT and asked.is_set():  # a second Ctrl-C: whoever sits there does not want to wait
        os._exit(STOPPED)
    asked.set()


def _watch(asked: threading.Event) -> None:
    """Wait for the end of standard input, ask the work to stop, and end the process if it has not ended by then."""
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    asked.set()
    time.sleep(GRACE_SECONDS)
    os._exit(STOPPED)


def _is_pipe(descriptor: int) -> bool:
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _print(event: Event, asked: threading.Event | None = None) -> None:
    try:
        sys.stdout.write(to_line(event, time.time()) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # what is still buffered has no reader; without this the interpreter complains at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if asked:
            asked.set()


def _end(code: int, sentence: str, data: dict) -> int:
    _print(Note(sentence, "error", data))
    print(" ".join(sentence.split()), file=sys.stderr)
    return code


def _short(error: BaseException) -> str:
    first = str(error).strip().splitlines()[:1]
    return f"{type(error).__name__}: {first[0][:300]}" if first else type(error).__name__
