"""The process that does the work: a session of its own, a pipe as its life line, no secret in its environment."""

import contextlib
import os
import resource
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

from django.conf import settings

from workers.folder import Folder

#: All that a child may know of our environment: it works on files alone, and needs no address and no secret.
NAMES = {"PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "LD_PRELOAD"}
NAMES |= {"PYTHONPATH", "VIRTUAL_ENV", "XDG_CACHE_HOME", "HF_HOME", "HF_HUB_OFFLINE", "PYTHONHASHSEED"}
PREFIXES = ("LC_", "OMP_", "MKL_", "OPENBLAS_", "CUDA_", "NVIDIA_", "NCCL_", "GLOO_", "HIP_", "ROCR_")
PREFIXES += ("TORCH", "PYTORCH_", "TRITON_", "CUBLAS_")
A_MOMENT = 0.1
SECRET = ("TOKEN", "SECRET", "PASSWORD", "CREDENTIAL", "API_KEY")


class Child:
    """A started child. Its end of the pipe closes when we die, however that happens; then it stops by itself."""

    def __init__(self, folder: Folder):
        command = settings.JOB_COMMAND or [sys.executable, "-m", "gradatim", "work"]
        with folder.events.open("ab") as events, folder.stderr.open("ab") as errors:
            self._process = subprocess.Popen(
                [*command, str(folder.path)],
                stdin=subprocess.PIPE,
                stdout=events,
                stderr=errors,
                cwd=folder.path,
                env=environment(),
                start_new_session=True,
            )
        self.pid = self._process.pid
        # Readable once it has ended; nobody else can reap it, so the number is still its own.
        self._ended = _told_of_the_end_of(self.pid)
        self._limit_memory()

    def poll(self) -> int | None:
        """The exit code, negative for a signal, once it has ended; its group is ended with it."""
        if self._process.returncode is None:
            if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                return None
            # Not reaped yet: the number still means this group and no other.
            self.kill()
            self._process.wait()
            self._process.stdin.close()
            if self._ended is not None:
                os.close(self._ended)
        return self._process.returncode

    def rest(self, seconds: float) -> None:
        """Sleep that long, or until it has ended; where the system cannot tell, a moment at most."""
        if self._ended is None:
            time.sleep(min(seconds, A_MOMENT))
        else:
            waiting = select.poll()
            waiting.register(self._ended, select.POLLIN)
            waiting.poll(seconds * 1000)

    def terminate(self) -> None:
        """Ask it to stop; it leaves what a resume needs. Only the leader: it sees to its helpers."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float) -> None:
        """Give it that long to end by itself."""
        ends = time.monotonic() + seconds
        while self.poll() is None and (left := ends - time.monotonic()) > 0:
            self.rest(left)

    def end(self) -> None:
        """Leave nothing behind, whatever has happened."""
        self.kill()
        while self.poll() is None:
            self.rest(1)

    def _limit_memory(self) -> None:
        """What it may write to, not what it maps: a GPU's address space and shared libraries do not count."""
        if settings.JOB_MEMORY and hasattr(resource, "prlimit"):
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(self.pid, resource.RLIMIT_DATA, (settings.JOB_MEMORY, settings.JOB_MEMORY))

    def kill(self) -> None:
        """End the whole group."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)


def _told_of_the_end_of(pid: int) -> int | None:
    """A descriptor that can be read once the process has ended; None where the system has none or refuses it."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def environment() -> dict[str, str]:
    """Our environment by allow-list. The web server may share the machine, so one core is left to others."""
    allowed = {
        name: value
        for name, value in os.environ.items()
        if (name in NAMES or name.startswith(PREFIXES)) and not any(word in name for word in SECRET)
    }
    allowed.setdefault("OMP_NUM_THREADS", str(max(1, cores() - 1)))
    allowed.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    allowed["PYTHONUNBUFFERED"] = "1"
    # It starts in its own folder and must find the same library as we do.
    allowed["PYTHONPATH"] = os.pathsep.join(filter(None, [str(settings.ROOT), allowed.get("PYTHONPATH", "")]))
    return allowed


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def end_leftover(pid: int | None, folder: str) -> None:
    """Kill the child of an earlier attempt that did not notice the end of its supervisor, if it still runs here."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if pid and folder and os.fsencode(folder) in command:
            os.killpg(pid, signal.SIGKILL)
    except OSError:
        pass
