"""Whether this worker is to stop: a warm shutdown waits for running tasks, which would never learn of it by themselves.

The main process notes the request in memory that its forked children share. A child also stops when it is sent TERM
itself, and when its main process was killed.
"""

import mmap
import os
import signal
import threading
from contextlib import contextmanager

_shared = mmap.mmap(-1, 1)  # a byte needs no lock, which a killed process could keep for ever
_main = 0
_terminated = False


def ask(**_) -> None:
    """Ask every task of this worker to put its work down (main process)."""
    _shared[0] = 1


def know_main(**_) -> None:
    """Remember the main process (at the start of a child process)."""
    global _main
    _main = os.getppid()


@contextmanager
def listening():
    """Within, TERM is a request to put the work down; it has its usual effect afterwards."""
    global _terminated
    _terminated = False
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _on_term)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        if _terminated:
            os.kill(os.getpid(), signal.SIGTERM)


def requested() -> bool:
    return _terminated or _shared[0] == 1 or (_main != 0 and os.getppid() != _main)


def _on_term(number, frame) -> None:
    global _terminated
    _terminated = True
