"""The session's PostgreSQL and Valkey, restarted under everybody's feet."""

import os
import signal
from pathlib import Path

import pytest
import redis

from apps.local import postgres, processes, valkey
from tests.workers.conftest import is_running, wait_for

#: Started here: they live until the test database was removed, which is after the last fixture has ended.
_started: dict[str, tuple] = {}


class Server:
    def __init__(self, var: Path, name: str):
        self.var, self.name = var, name
        self.module = {"postgres": postgres, "valkey": valkey}[name]
        address = os.environ["DATABASE_URL" if name == "postgres" else "BROKER_URL"]
        if str(var) not in address:
            pytest.skip(f"the {name} was given from outside: it is not ours to restart")

    def stop(self, number: int = signal.SIGINT) -> None:
        """SIGINT ends PostgreSQL in good order, SIGQUIT as a crash does."""
        pid = self.pid()
        os.kill(pid, number)
        wait_for(lambda: not is_running(pid), 30)
        if self.name in _started:
            _started[self.name][0].wait()

    def start(self) -> None:
        prepared = self.module.prepare(self.var, fast=True)
        process = processes.spawn(prepared.service)
        _started[self.name] = (process, prepared.service)
        self.module.wait(prepared, process)

    def pid(self) -> int:
        if self.name == "postgres":
            return postgres.server_of(self.var / "postgres" / "data")
        with self.client() as client:
            return client.info("server")["process_id"]

    def client(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.var / "run" / "valkey.sock"))


def end() -> None:
    while _started:
        _, (process, service) = _started.popitem()
        processes.finish(process, stop=service.stop)
