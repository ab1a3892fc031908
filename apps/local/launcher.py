"""One command, a whole installation: starts everything in order, watches over it, stops everything in order."""

import contextlib
import errno
import fcntl
import http.client
import os
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from apps.local import env, postgres, services, valkey
from apps.local.interrupts import Interrupts, Stopped
from apps.local.processes import CrashLoop, Service, Supervisor, last_lines
from apps.local.warden import Warden
from gradatim.errors import UserError

TICK = 0.2
FIRST_PAGE = 60.0


def say(text: str) -> None:
    """Print; a terminal that is gone is no reason to leave processes behind."""
    with contextlib.suppress(OSError):
        print(text, flush=True)


@dataclass(slots=True)
class Launcher:
    """``demo`` also queues the demo and follows it; ``once`` ends with it."""

    var: Path
    host: str = "127.0.0.1"
    port: int = 8000
    demo: bool = False
    once: bool = False
    interrupts: Interrupts = field(init=False)
    supervisor: Supervisor = field(init=False)
    warden: Warden | None = field(init=False, default=None)
    environment: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self):
        self.supervisor = Supervisor(say, give_up_after=5 if self.once else None)
        self.interrupts = Interrupts(self.hurry)

    def run(self) -> int:
        """Serve until stopped, or with ``once`` until the demo is complete. Returns the exit code."""
        self.interrupts.install()
        try:
            with lock(self.var) as was_killed:
                # The web server of a launcher that was killed may need a moment to let go.
                check_port(self.host, self.port, patience=8.0 if was_killed else 0.0)
                try:
                    self.start()
                    return self.watch()
                except CrashLoop as error:
                    say(f"Stopped, because {error}")
                    return 1
                finally:
                    self.stop()
        except Stopped:
            return 130 if self.once else 0

    # -- start --------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        began = time.monotonic()
        self.warden = Warden()
        self.supervisor.notice = self.warden.tell
        self.environment = self.start_stores()
        self.finish(services.django("prepare", environment=self.environment, log=self.var / "log" / "prepare.log"))
        web = self.launch(services.web(self.host, self.port, self.environment, self.var))
        wait_for_page(self.host, self.port, web, self.var / "log" / "web.log")
        say(f"Serving  {self.environment['BASE_URL']}/   (ready in {time.monotonic() - began:.0f} s; Ctrl-C stops it)")
        if key := self.environment.get("SETUP_KEY"):
            address = f"{self.environment['BASE_URL']}/setup/"
            say(f"         Has nobody an account yet? The first is made at {address} with the key {key}")
        for service in (
            services.worker("cpu", 2, self.environment, self.var),
            services.worker("gpu", 1, self.environment, self.var),
            services.scheduler(self.environment, self.var),
        ):
            self.launch(service)

    def start_stores(self) -> dict[str, str]:
        """Start the database and the broker, unless the environment names others; return the children's environment."""
        database_url, broker_url = os.environ.get("DATABASE_URL", ""), os.environ.get("BROKER_URL", "")
        if not database_url:
            database = postgres.prepare(self.var)
            postgres.wait(database, self.launch(database.service))
            database_url = database.url
        if not broker_url:
            broker = valkey.prepare(self.var)
            valkey.wait(broker, self.launch(broker.service))
            broker_url = broker.url
        reachable = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        base_url = f"http://{f'[{reachable}]' if ':' in reachable else reachable}:{self.port}"
        urls = {"database_url": database_url, "broker_url": broker_url, "base_url": base_url}
        values = env.build(self.var, **urls, host=self.host)
        env.write(self.var, values)
        return {**os.environ, **env.thread_limits(), **values}

    def launch(self, service: Service) -> subprocess.Popen:
        with self.interrupts.hold():
            return self.supervisor.start(service)

    def finish(self, service: Service) -> None:
        """Run a command to its end."""
        process = self.launch(service)
        while (code := process.poll()) is None:
            time.sleep(0.02)
        self.supervisor.stop(service.name)
        if code != 0:
            raise UserError(f"{service.name} failed: {last_lines(service.log, 1)} (see {service.log}).")

    # -- while it runs ------------------------------------------------------------------------------------------------

    def watch(self) -> int:
        follower = self.launch_demo() if self.demo else None
        while True:
            if follower and (code := follower.poll()) is not None:
                self.supervisor.stop("demo")
                follower = None
                if self.once:
                    return code
                if code == 0:
                    say("         Serving goes on until Ctrl-C.")
            with self.interrupts.hold():
                self.supervisor.check()
            time.sleep(TICK)

    def launch_demo(self) -> subprocess.Popen:
        words = ["demo", "--watch", *(["--strict"] if self.once else [])]
        service = services.django(*words, environment={**self.environment, "LOG_LEVEL": "ERROR"}, log=None)
        return self.launch(service)

    # -- stop ---------------------------------------------------------------------------------------------------------

    def hurry(self) -> None:
        """A second Ctrl-C."""
        if not self.supervisor.hurry:
            self.supervisor.hurry = True
            say("Stopping at once.")

    def stop(self) -> None:
        self.interrupts.held += 1
        if self.interrupts.count:
            say("Stopping ...")
        for names in (
            ("demo", "prepare"),
            ("web",),
            ("cpu worker", "gpu worker"),
            ("scheduler",),
            ("valkey",),
            ("postgres",),
        ):
            self.supervisor.stop(*names)
        if self.warden:
            self.warden.dismiss()


@contextlib.contextmanager
def lock(var: Path):
    """One launcher a folder; the kernel lets go of the lock however the launcher ends.

    Yields whether the launcher before this one was killed.
    """
    try:
        var.mkdir(parents=True, exist_ok=True, mode=0o700)
        (var / "lock").touch()
    except OSError as error:
        raise UserError(
            f"{var} can't be written ({error.strerror}): choose another folder with GRADATIM_VAR.", field="GRADATIM_VAR"
        ) from None
    with open(var / "lock", "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                f"Gradatim is already running on {var} (process {file.read().strip() or 'unknown'}): stop it first, or "
                "choose another folder with GRADATIM_VAR.",
                field="GRADATIM_VAR",
            ) from None
        was_killed = bool(file.read())
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        try:
            yield was_killed
        finally:
            file.seek(0)
            file.truncate()


def check_port(host: str, port: int, *, patience: float = 0.0) -> None:
    """Say before anything starts that the address cannot be had."""
    ends = time.monotonic() + patience
    while error := refusal(host, port):
        if error.errno != errno.EADDRINUSE:
            why = f"Port {port} of {host} can't be had ({error.strerror})"
        elif time.monotonic() < ends:
            time.sleep(TICK)
            continue
        else:
            why = f"Port {port} is in use"
        raise UserError(f"{why}: choose another with --port (make demo PORT=8001).", field="port")


def refusal(host: str, port: int) -> OSError | None:
    """What the kernel says to serving there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error
    return None


def wait_for_page(host: str, port: int, process: subprocess.Popen, log: Path) -> None:
    """Return once the web server answers anything at all."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    ends = time.monotonic() + FIRST_PAGE
    while time.monotonic() < ends and process.poll() is None:
        connection = http.client.HTTPConnection(reachable, port, timeout=10)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
            return
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
        finally:
            connection.close()
    raise UserError(f"The web server can't be started: it says {last_lines(log, 1)!r} (see {log}).")
