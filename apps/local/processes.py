"""Child processes: each in a session of its own, with a log file, restarted when it dies, stopped in order.

Start them from one long-lived thread: the kernel's "parent has died" means the thread that forked.
"""

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

    ``become`` runs in the child before the program (a change of user). ``orphaned`` is the signal that the kernel sends
    when the launcher is gone, ``stop`` the launcher's own polite request; after ``patience`` seconds it is killed.
    """

    name: str
    command: Sequence[str]
    log: Path
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
    service.log.parent.mkdir(parents=True, exist_ok=True)
    if service.log.exists() and service.log.stat().st_size > LOG_LIMIT:
        service.log.replace(service.log.with_suffix(".old.log"))
    parent = os.getpid()

    def prepare() -> None:
        # A shell's "&" leaves SIGINT ignored, and exec keeps that: PostgreSQL's fast shutdown would be lost.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if service.become:
            service.become()
        linux.end_with_parent(service.orphaned, parent)

    # PLW1509: no other thread exists here, and the change of user must come between fork and exec.
    with open(service.log, "ab") as log:
        return subprocess.Popen(
            list(service.command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=None if service.environment is None else dict(service.environment),
            cwd=service.folder,
            start_new_session=True,
            user=service.user,
            group=service.group,
            extra_groups=[] if service.user is not None else None,
            preexec_fn=prepare,
        )


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


def last_lines(log: Path, count: int = 5) -> str:
    """The end of a log, for a message."""
    if not log.exists():
        return ""
    with open(log, "rb") as file:
        file.seek(max(0, log.stat().st_size - 4000))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-count:])


@dataclass(slots=True)
class _Child:
    service: Service
    process: subprocess.Popen
    started: float
    failures: int = 0
    next_try: float | None = None


@dataclass(slots=True)
class Supervisor:
    """The children of one launcher, in the order in which they were started.

    ``tell`` hears sentences about restarts; ``opened`` hears the process id of every child (for the warden).
    """

    tell: Callable[[str], None]
    opened: Callable[[int], None] = lambda pid: None
    children: list[_Child] = field(default_factory=list)

    def start(self, service: Service) -> subprocess.Popen:
        process = spawn(service)
        self.opened(process.pid)
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
                child.failures = 1 if now - child.started > STEADY_AFTER else child.failures + 1
                pause = min(LONGEST_PAUSE, 2.0 ** (child.failures - 1))
                child.next_try = now + pause
                self.tell(
                    f"{child.service.name} ended with code {code}; it starts again in {pause:.0f} s. "
                    f"Its log: {child.service.log}"
                )
            elif now >= child.next_try:
                child.process, child.started, child.next_try = spawn(child.service), now, None
                self.opened(child.process.pid)

    def stop(self, *names: str) -> None:
        """Stop the named services at once and together (all, newest first, when none is named)."""
        if not names:
            for child in reversed(list(self.children)):
                self.stop(child.service.name)
            return
        chosen = [child for child in self.children if child.service.name in names]
        self.children = [child for child in self.children if child.service.name not in names]
        for child in chosen:
            if child.process.poll() is None:
                child.process.send_signal(child.service.stop)
        asked = time.monotonic()
        for child in chosen:
            left = max(0.1, child.service.patience - (time.monotonic() - asked))
            try:
                child.process.wait(left)
            except subprocess.TimeoutExpired:
                self.tell(f"{child.service.name} did not stop in {child.service.patience:.0f} s and is killed.")
                child.process.kill()
                child.process.wait()
            kill_session(child.process.pid)
