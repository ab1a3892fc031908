"""The artifacts that a job reads are looked over before it starts: a damaged shard must not become a wrong result.

Hashing what did not change since it was last found whole would make every start wait for gigabytes, so that is left out for
a week: the age of an artifact's manifest says when it was last found whole.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillChecking
from pathlib import Path

from django.conf import settings

from apps.jobs.models import Artifact
from gradatim import artifacts
from gradatim.artifacts import MANIFEST, Store
from gradatim.errors import UserError

#: Disks lose bits without a trace: after this time even what looks unchanged is read again.
CHECKED_FOR = 7 * 24 * 3600.0
TICK = 0.2


def check(inputs: Iterable[Artifact], *, while_waiting: Callable[[], None]) -> None:
    """``UserError`` names the first file that is missing or damaged; ``while_waiting`` may raise to put this down."""
    left = threading.Event()
    store = Store(settings.STORAGE_ROOT)
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(_check, [store.get(row.kind, row.digest).path for row in inputs], left)
        try:
            while True:
                try:
                    return future.result(timeout=TICK)
                except StillChecking:
                    if future.done():
                        raise
                    while_waiting()
        finally:
            left.set()


def _check(folders: list[Path], left: threading.Event) -> None:
    for folder in folders:
        if left.is_set():
            return
        if not _is_fresh(folder):
            try:
                artifacts.verify(folder)
            except UserError as error:
                raise UserError(
                    f"{error.sentence} Put it back from a copy, or delete what it belongs to and make that again."
                ) from None
            with contextlib.suppress(OSError):  # a store that can only be read
                os.utime(folder / MANIFEST)


def _is_fresh(folder: Path) -> bool:
    """Whether every file is there, of its size, and older than the manifest, which was written or touched lately."""
    checked = (folder / MANIFEST).stat().st_mtime
    if not 0 <= time.time() - checked < CHECKED_FOR:
        return False
    try:
        stats = [((folder / name).stat(), entry["size"]) for name, entry in artifacts.files(folder).items()]
    except OSError:
        return False
    return all(found.st_mtime <= checked and found.st_size == size for found, size in stats)
