"""Calls of the command line for tests: in a process of its own, or in this one."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def shell(*words, **options):
    """``python -m gradatim WORDS``: a finished process with text output; standard input is empty and no pipe."""
    options = {"stdin": subprocess.DEVNULL, "timeout": 60} | options
    command = [sys.executable, "-m", "gradatim", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, **options)


def sentence(result):
    """The one line on standard error of a call that was refused."""
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].endswith(".") and lines[0][0] == lines[0][0].upper()
    return lines[0]
