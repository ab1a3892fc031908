"""An installation of a benchmark's own, in a folder that goes with it: PostgreSQL, Valkey, the scheduler, workers."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil


@dataclass
class Installation:
    """``processes`` by the name of their service."""

    var: Path
    environment: dict[str, str]
    processes: dict[str, object] = field(default_factory=dict)

    def start(self, service, name: str = ""):
        from apps.local import processes

        name = name or service.name
        log = self.var / "log" / f"{name}.log"
        self.processes[name] = processes.spawn(replace(service, log=log))
        return self.processes[name]


@contextlib.contextmanager
def installation(**settings: str) -> Iterator[Installation]:
    """A database that was migrated and a broker; Django is set up on them. ``settings`` go into the environment."""
    from apps.local import env, postgres, processes, services, valkey

    with tempfile.TemporaryDirectory(prefix="gradatim-benchmark-", dir="/tmp") as folder:
        var = Path(folder)
        here = Installation(var, {})
        try:
            database, broker = postgres.prepare(var), valkey.prepare(var)
            postgres.wait(database, here.start(database.service))
            valkey.wait(broker, here.start(broker.service))
            address = {"base_url": "http://127.0.0.1:8999"}
            values = env.build(var, database_url=database.url, broker_url=broker.url, **address)
            os.environ.update(
                {**env.thread_limits(), **values, **settings, "DJANGO_SETTINGS_MODULE": "apps.site.settings"}
            )
            here.environment = dict(os.environ)
            prepare = here.start(services.django("prepare", environment=here.environment, log=None))
            if prepare.wait():
                raise SystemExit(f"prepare failed: {processes.last_lines(var / 'log' / 'prepare.log')}")
            import django

            django.setup()
            yield here
        finally:
            for name, process in reversed(here.processes.items()):
                processes.finish(process, stop=2 if name == "postgres" else 15)


def memory(pid: int) -> int:
    """Bytes of a process and all below it; what several share is divided among them (PSS)."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(process.memory_full_info().pss for process in family)
