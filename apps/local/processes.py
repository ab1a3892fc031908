"""Child processes: each in a session of its own, with a log file, restarted when it dies, stopped in order.

Start them from one long-lived thread: the kernel's "parent has died" means the thread that forked.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from apps.local import linux

LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0
LOG_LIMIT = 10_000_000


@dataclass(frozen=True, slots=True)
class Service:
    """How to start and stop one process.

    Without a ``log`` the output is the launcher's. ``become`` runs in the child before the program (a change of user). ``orphaned`` is the signal that the kernel sends
    when the launcher is gone, ``stop`` the launcher's own polite request; after ``patience`` seconds it is killed.
    """

    name: str
    command: Sequence[str]
    log: Path | None
    environment: Mapping[str, str] | None = None
    folder: Path | None = None
    become: Callable[[], None] | None = None
    user: int | None = None
    group: int | None = None
    stop: int = signal.SIGTERM
    orphaned: int = signal.SIGTERM
    patience: float = 10.0


def spawn(service: Service) -> subprocess.Popen:
    """Start a service; its output is appended to its log, which is set aside once it has grown large."""
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(open_log(service.log)) if service.log else None
        parent = os.getpid()

        def prepare() -> None:
            # A shell's "&" leaves SIGINT ignored, and exec keeps that: PostgreSQL's fast shutdown would be lost.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            if service.become:
                service.become()
            linux.end_with_parent(service.orphaned, parent)

        # No other thread runs here, and the change of user must come between fork and exec: hence preexec_fn.
        return subprocess.Popen(
            list(service.command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT if log else None,
            env=None if service.environment is None else dict(service.environment),
            cwd=service.folder,
            start_new_session=True,
            user=service.user,
            group=service.group,
            extra_groups=[] if service.user is not None else None,
            preexec_fn=prepare,
        )


def open_log(path: Path):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".old.log"))
    return open(path, "ab")


def finish(process: subprocess.Popen, *, stop: int = signal.SIGTERM, patience: float = 10.0) -> None:
    """Ask, wait, then kill the whole session; return when the process is gone."""
    if process.poll() is None:
        process.send_signal(stop)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    kill_session(process.pid)


def kill_session(leader: int) -> None:
    """Kill what is left of the session that process ``leader`` opened (pool children, helpers)."""
    for pid in session_members(leader):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def session_members(leader: int) -> list[int]:
    """Live processes of a session; where there is no /proc, the leader's process group alone is looked at."""
    if not Path("/proc/self/stat").exists():
        listing = subprocess.run(["ps", "-axo", "pid=,pgid=,stat="], capture_output=True, text=True, check=False).stdout
        rows = [line.split() for line in listing.splitlines()]
        return [int(pid) for pid, group, state in rows if int(group) == leader and not state.startswith("Z")]
    members = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            stat = Path("/proc", entry, "stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, _, _, session = stat.rpartition(")")[2].split()[:4]
        if int(session) == leader and state != "Z":
            members.append(int(entry))
    return members


def last_lines(log: Path | None, count: int = 5) -> str:
    """The end of a log, for a message."""
    if log is None or not log.exists():
        return ""
    with open(log, "rb") as file:
        file.seek(max(0, log.stat().st_size - 4000))
        lines = [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    return "\n".join(lines[-count:])


@dataclass(slots=True)
class _Child:
    service: Service
    process: subprocess.Popen
    started: float
    failures: int = 0
    next_try: float | None = None


class CrashLoop(Exception):
    """A service died again and again."""


@dataclass(slots=True)
class Supervisor:
    """The children of one launcher, in the order in which they were started.

    ``tell`` hears sentences about restarts; ``notice`` hears "12" when process 12 starts and "-12" when it has ended (for
    the warden). With ``give_up_after`` that many deaths in a row raise :class:`CrashLoop`.
    """

    tell: Callable[[str], None]
    notice: Callable[[str], None] = lambda line: None
    give_up_after: int | None = None
    hurry: bool = False
    children: list[_Child] = field(default_factory=list)

    def start(self, service: Service) -> subprocess.Popen:
        process = spawn(service)
        self.notice(str(process.pid))
        self.children.append(_Child(service, process, time.monotonic()))
        return process

    def check(self) -> None:
        """Restart what died, after 1, 2, 4 ... 30 seconds; a minute of steady life makes the pause short again."""
        now = time.monotonic()
        for child in self.children:
            code = child.process.poll()
            if code is None:
                continue
            if child.next_try is None:
                kill_session(child.process.pid)
                self.notice(f"-{child.process.pid}")
                child.failures = 1 if now - child.started > STEADY_AFTER else child.failures + 1
                if child.failures == self.give_up_after:
                    raise CrashLoop(
                        f"{child.service.name} ended {child.failures} times: {last_lines(child.service.log, 1)}"
                    )
                pause = min(LONGEST_PAUSE, 2.0 ** (child.failures - 1))
                child.next_try = now + pause
                self.tell(
                    f"{child.service.name} ended with code {code}; it starts again in {pause:.0f} s "
                    f"(its log: {child.service.log})."
                )
            elif now >= child.next_try:
                child.process, child.started, child.next_try = spawn(child.service), now, None
                self.notice(str(child.process.pid))

    def stop(self, *names: str) -> None:
        """Stop the named services together and wait for them. With ``hurry`` (set at any time) they are killed."""
        chosen = [child for child in self.children if child.service.name in names]
        self.children = [child for child in self.children if child.service.name not in names]
        for child in chosen:
            if child.process.poll() is None:
                child.process.send_signal(child.service.stop)
        asked = time.monotonic()
        for child in chosen:
            while child.process.poll() is None:
                patience = 1.0 if self.hurry else child.service.patience
                if time.monotonic() - asked > patience:
                    self.tell(f"{child.service.name} did not stop within {patience:.0f} s and is killed.")
                    child.process.kill()
                    child.process.wait()
                time.sleep(0.02)
            kill_session(child.process.pid)
            self.notice(f"-{child.process.pid}")
