import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

import pytest

from apps.local.env import ROOT

# What an installation must not inherit from the test session.
FOREIGN = ("DATABASE_URL", "BROKER_URL", "DJANGO_SETTINGS_MODULE", "STATIC_FROM_SOURCE", "GRADATIM_TEST_VAR")


@pytest.fixture
def var():
    """A folder for an installation, with a short path; whatever still runs on it is killed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="gradatim-local-", dir="/tmp"))
    yield folder / "var"
    for pid in processes_of(folder):
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder)


@pytest.fixture
def environment(var):
    """Environment of a launcher on ``var``."""
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return {**kept, "GRADATIM_VAR": str(var), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def processes_of(folder: Path) -> list[int]:
    """Live processes that carry the folder in their command line or environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            words = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(folder) in words:
            found.append(int(entry.name))
    return found


@pytest.fixture
def left(var):
    """Call it for what still runs on ``var`` after at most ``seconds``."""

    def look(seconds: float = 0.0) -> list[int]:
        ends = time.monotonic() + seconds
        while (found := processes_of(var)) and time.monotonic() < ends:
            time.sleep(0.1)
        return found

    return look
