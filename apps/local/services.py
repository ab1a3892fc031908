"""The processes of an installation beside its database and its broker."""

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from apps.local.env import ROOT
from apps.local.processes import Service

# A worker checkpoints its children before it goes: their own grace is 20 s.
WORKER_PATIENCE = 40.0


def django(*words: str, environment: Mapping[str, str], log: Path | None) -> Service:
    """A management command."""
    return Service(
        name=words[0],
        command=[sys.executable, str(ROOT / "manage.py"), *words],
        log=log,
        environment=environment,
        folder=ROOT,
    )


def web(host: str, port: int, environment: Mapping[str, str], var: Path) -> Service:
    """gunicorn with threads; a second process only where there are cores for it. Addresses are not logged."""
    processes = 1 if (os.cpu_count() or 1) <= 2 else 2
    shown = f"[{host}]" if ":" in host else host
    command = [sys.executable, "-m", "gunicorn", "apps.site.wsgi:application", "--bind", f"{shown}:{port}"]
    command += ["--worker-class", "gthread", "--workers", str(processes), "--threads", "8", "--timeout", "60"]
    command += ["--graceful-timeout", "5", "--no-control-socket"]
    return Service("web", command, var / "log" / "web.log", environment, ROOT, patience=8.0)


def worker(queue: str, slots: int, environment: Mapping[str, str], var: Path) -> Service:
    """A Celery worker for one queue."""
    command = [sys.executable, "-m", "celery", "--app", "workers.app", "--quiet", "worker", "--queues", queue]
    command += ["--concurrency", str(slots), "--pool", "prefork", "--hostname", f"{queue}@%h", "--loglevel", "INFO"]
    command += ["--without-gossip", "--without-mingle"]
    return Service(
        f"{queue} worker", command, var / "log" / f"{queue}.log", environment, ROOT, patience=WORKER_PATIENCE
    )


def scheduler(environment: Mapping[str, str], var: Path) -> Service:
    """Sweeps lost jobs."""
    command = [sys.executable, "-m", "workers.scheduler"]
    return Service(
        "scheduler", command, var / "log" / "scheduler.log", environment, ROOT, stop=signal.SIGTERM, patience=5.0
    )
