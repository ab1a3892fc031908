"""What remains when the launcher is killed: ends every session that it opened.

The kernel's signal reaches the processes that the launcher forked; their own children (a worker's pool) may hang on. The
warden reads process ids from a pipe ("12", or "-12" for one that ended); the pipe's end without a "done" line means that
the launcher is gone.

    python -m apps.local.warden < pipe
"""

import contextlib
import os
import signal
import subprocess
import sys
import time

from apps.local.processes import kill_session, session_members

PATIENCE = float(os.environ.get("GRADATIM_WARDEN_PATIENCE", "8"))


class Warden:
    """The launcher's end of the pipe."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "apps.local.warden"], stdin=subprocess.PIPE, start_new_session=True, text=True
        )

    def tell(self, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(f"{line}\n")
            self.process.stdin.flush()

    def dismiss(self) -> None:
        self.tell("done")
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sessions: set[int] = set()
    for line in sys.stdin:
        word = line.strip()
        if word == "done":
            return
        if word.startswith("-"):
            sessions.discard(int(word[1:]))
        else:
            sessions.add(int(word))
    # The launcher's own output may be gone with it.
    os.chdir("/")
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        sessions = {leader for leader in sessions if session_members(leader)}
        if not sessions:
            return
        time.sleep(0.2)
    for leader in sessions:
        kill_session(leader)


if __name__ == "__main__":
    main()
