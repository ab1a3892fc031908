"""Whether an installation can do its work: what is asked of each part, and the words for it.

Findings name no version, address or path: they are shown to staff and in the terminal, the public hears one word.
"""

import logging
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.common import disk
from apps.jobs.messages import QUICKLY
from apps.site import signs
from apps.site.celery import app

QUEUES = ("cpu", "gpu")
#: Findings are this old at most: whoever asks more often costs nothing.
KEPT_SECONDS = 3.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Finding:
    """``needed``: without it no page can be served; otherwise only jobs wait."""

    part: str
    well: bool
    words: str
    needed: bool = True


_lock = threading.Lock()
_last: tuple[float, list[Finding]] = (0.0, [])
_migrated = False
#: part -> what went wrong when it was last asked, which is in the log already
_logged: dict[str, str] = {}


def findings() -> list[Finding]:
    """The state of every part, at most a few seconds old. Never raises."""
    global _last
    with _lock:
        found_at, found = _last
        if not found or time.monotonic() - found_at > KEPT_SECONDS:
            found = examine()
            _last = (time.monotonic(), found)
        return found


def verdict(found: list[Finding]) -> tuple[bool, str]:
    """Whether pages can be served, and the words for everybody."""
    if not all(finding.well for finding in found if finding.needed):
        return False, "not ready"
    return True, "ready" if all(finding.well for finding in found) else "ready, but jobs wait"


def examine() -> list[Finding]:
    database = _ask("database", _database, "answers", "does not answer")
    found = [database]
    if database.well:
        found.append(_ask("migrations", _migrations, "are applied", "are not applied: run manage.py migrate"))
    # Work is queued in the database: without the broker it only begins later.
    found.append(_ask("broker", _broker, "answers", "does not answer", needed=False))
    found.append(_ask("storage", _storage, "can be written", "can't be written, or its disk is nearly full"))
    if all(finding.well for finding in found[:2]):
        found += processes()
    return found


def processes(*, on: str = "") -> list[Finding]:
    """The scheduler and a worker of each queue, by their last sign; ``on`` looks at one machine's alone."""
    silence = signs.silence(on=on)
    return [_alive(part, silence.get(part)) for part in (signs.SCHEDULER, *QUEUES)]


def _alive(part: str, age: float | None) -> Finding:
    name = part if part == signs.SCHEDULER else f"{part} worker"
    well = age is not None and age <= settings.JOB_LEASE
    words = "gave no sign of life yet" if age is None else f"gave a sign of life {age:.0f} s ago"
    return Finding(name, well, words, needed=False)


def _ask(part: str, check: Callable[[], bool], well: str, ill: str, *, needed: bool = True) -> Finding:
    try:
        fine, wrong = check(), ""
    except Exception as error:
        fine, wrong = False, f"{type(error).__name__}: {error}"
    if wrong and _logged.get(part) != wrong:  # once, not with every probe
        log.warning("The %s %s: %s", part, ill, wrong)
    _logged[part] = wrong
    return Finding(part, fine, well if fine else ill, needed)


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def _migrations() -> bool:
    """Asked until they are applied: this code cannot need others later."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


def _broker() -> bool:
    options = {**app.conf.broker_transport_options, **QUICKLY}
    with app.connection_for_write(transport_options=options) as broker:
        broker.channel().close()
    return True


def _storage() -> bool:
    settings.STORAGE_ROOT.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=settings.STORAGE_ROOT, prefix=".ready-") as file:
        file.write(b"ready")
        file.flush()
    return not disk.runs_low()
