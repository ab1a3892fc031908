"""From a child's exit to the job's ending: 0 is well, 2 the user's mistake, 75 stopped as asked; the rest broke.

What broke by itself (memory, NaN, an error of the program) fails for good; what was broken from outside is tried again.
"""

import errno
import logging
import secrets
import signal
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillStoring
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from django.conf import settings

from apps.jobs import endings, reasons
from apps.jobs.claims import Claim
from apps.jobs.models import Job, Status
from apps.jobs.status import LeaseLost
from gradatim.artifacts import Store, Stored
from gradatim.errors import UserError
from gradatim.events import Artifact
from workers import causes
from workers import folder as folders
from workers.database import BROKEN
from workers.folder import Folder
from workers.said import Said

DONE, MISTAKE, STOPPED = 0, 2, 75
#: Signals by which a program ends through an error of its own.
CRASHES = {signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGILL, signal.SIGSYS}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ended:
    """A child that has ended: its exit code, why it was asked to stop ("" if it was not), and what it left.

    ``continues``: the jobs from whose folders it went on.
    """

    code: int
    stop: str
    said: Said
    folder: Folder
    continues: Sequence[Job] = ()

    @property
    def is_well(self) -> bool:
        return self.code == DONE and self.stop != "cancel"


def store(ended: Ended, *, while_waiting: Callable[[], None]) -> dict[str, Stored]:
    """Check and store every announced artifact; hashing gigabytes takes a while, in which the worker must beat."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(lambda: {role: _store(ended, event) for role, event in ended.said.artifacts.items()})
        while True:
            try:
                return future.result(timeout=0.2)
            except StillStoring:
                if future.done():
                    raise
                while_waiting()


def write(claim: Claim, adapter: ModuleType, ended: Ended, stored: dict[str, Stored]) -> None:
    """Write the one ending that follows, then free what the job needs no more."""
    if ended.stop == "cancel":
        endings.acknowledge_cancel(claim)
    elif ended.code == DONE:
        _succeed(claim, adapter, ended, stored)
    elif ended.code == MISTAKE:
        endings.fail(claim, reason=ended.said.error.text if ended.said.error else reasons.NO_SENTENCE)
    elif ended.stop == "shutdown":
        endings.return_to_queue(claim)
    elif ended.code == STOPPED or (ended.code < 0 and -ended.code not in CRASHES):
        _lose(claim, _killed(ended.code))
    else:
        _fail(claim, ended)
    _tidy(claim, ended.continues)


def put_down(claim: Claim) -> None:
    """The job had not begun yet: it is cancelled where that was asked for, and otherwise waits for another worker."""
    endings.return_to_queue(claim)
    _tidy(claim)


def mistake(claim: Claim, sentence: str) -> None:
    """The job could not even start, or its result not be taken, for a reason that the user can mend."""
    endings.fail(claim, reason=sentence)
    _tidy(claim)


def broken(claim: Claim, error: Exception) -> None:
    """An error of our own program in the worker, or of its machine."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        endings.fail(claim, reason=reasons.DISK_FULL)
        _tidy(claim)
        return
    reference = _reference()
    text = "".join(traceback.format_exception(error))
    endings.fail(claim, reason=reasons.crash(reference), reference=reference, traceback=text)
    _tidy(claim)


def _succeed(claim: Claim, adapter: ModuleType, ended: Ended, stored: dict[str, Stored]) -> None:
    try:
        endings.succeed(
            claim, stored=stored, finish=lambda job, artifacts: adapter.finish(job, artifacts, ended.said.findings)
        )
    except endings.CancelRequested:
        endings.acknowledge_cancel(claim)
    except UserError as error:
        mistake(claim, error.sentence)
    except (LeaseLost, *BROKEN):
        raise
    except Exception as error:
        log.exception("The result of job %s could not be entered.", claim.job.pk)
        broken(claim, error)


def _fail(claim: Claim, ended: Ended) -> None:
    note = ended.said.error
    text = (note.data.get("traceback", "") if note else "") or ended.folder.stderr_tail() or f"Exit code {ended.code}."
    if sentence := causes.expected(note, ended.folder):
        endings.fail(claim, reason=sentence, traceback=text)
        return
    reference = _reference()
    log.error("Job %s crashed (%s): %s", claim.job.pk, reference, text)
    endings.fail(claim, reason=reasons.crash(reference), reference=reference, traceback=text)


def _lose(claim: Claim, reason: str) -> None:
    if not endings.lose(job=claim.job.pk, lease=claim.lease, reason=reason):
        raise LeaseLost(claim.job.pk)


def _killed(code: int) -> str:
    if code == -signal.SIGKILL:
        return reasons.KILLED
    return reasons.STOPPED_FROM_OUTSIDE


def _store(ended: Ended, event: Artifact) -> Stored:
    """Only what lies below out/, with the digest that was announced."""
    out = ended.folder.out.resolve()
    path = out / event.path
    if not path.resolve().is_relative_to(out) or any(Path(p).is_symlink() for p in (path, *path.rglob("*"))):
        raise ValueError(f"the artifact {event.role} is not inside the output folder: {event.path!r}")
    stored = Store(settings.STORAGE_ROOT).put(path)
    if stored.digest != event.digest:
        raise ValueError(f"the artifact {event.role} was announced as {event.digest} and is {stored.digest}")
    return stored


def _tidy(claim: Claim, continued: Sequence[Job] = ()) -> None:
    job = Job.objects.get(pk=claim.job.pk)
    if job.is_over:
        folders.tidy(job, succeeded=job.status == Status.SUCCEEDED)
    if job.status == Status.SUCCEEDED:
        for earlier in continued:
            folders.tidy(earlier, succeeded=True)


def _reference() -> str:
    return secrets.token_hex(4)
