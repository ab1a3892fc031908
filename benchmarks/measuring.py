"""What the benchmarks share: a process of its own with its time and peak memory, and how a promise is told."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]

#: A process starts with the peak of the one that started it: this one is small, so that the figure is the measured process's own.
_STARTER = """
import json, os, sys, time
out = os.dup(1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
started = time.perf_counter()
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
seconds = time.perf_counter() - started
said = {"code": os.waitstatus_to_exitcode(status), "seconds": seconds, "peak": usage.ru_maxrss * 1024}
os.write(out, json.dumps(said).encode())
"""


class Ran(NamedTuple):
    """Wall time from start to end, and the peak resident memory (bytes), mapped files included."""

    seconds: float
    peak: int


def python(*words: object) -> Ran:
    """``python WORDS`` run to its end from the project's folder; ends this process where that fails."""
    command = [sys.executable, "-ISc", _STARTER, sys.executable, *map(str, words)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    said = json.loads(result.stdout)
    if said["code"]:
        raise SystemExit(f"python {' '.join(map(str, words))} ended with {said['code']}:\n{result.stderr}")
    return Ran(said["seconds"], said["peak"])


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Columns as wide as needed: the first to the left, the others to the right."""
    lines = [list(head), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for first, *others in lines:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        print("  ".join(cells).rstrip())


def verdict(promises: Iterable[tuple[str, bool]]) -> int:
    """Print a line a promise; the exit code: 0 where all are kept."""
    promises = list(promises)
    print()
    for sentence, kept in promises:
        print("PASS" if kept else "FAIL", sentence)
    return 0 if all(kept for _, kept in promises) else 1
