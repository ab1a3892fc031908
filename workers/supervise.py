"""One claimed job from its folder to its end: start the child, save what it says, beat, look for cancellation.

Whatever breaks here, the job row stays true: under the lease one ending is written, without it nothing at all.
"""

import logging
import time
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction

from apps.jobs import claims
from apps.jobs.claims import Claim, Line
from apps.jobs.models import Attempt
from apps.jobs.status import LeaseLost
from gradatim.errors import UserError
from gradatim.events import Artifact, Note, Progress, Resumed
from workers import adapters, endings, folder, inputs, machine, stopping
from workers.child import Child, end_leftover
from workers.database import BROKEN, patiently
from workers.rate import Rate
from workers.reading import FROM_THE_START, MEASURED, Reader, Timed, measured_before
from workers.said import Said

#: The longest sleep while a child works, which is how late SIGTERM and the end of a grace are noticed.
TICK = 0.5
CANCEL, SHUTDOWN = "cancel", "shutdown"

log = logging.getLogger(__name__)


class PutDown(Exception):
    """The job was cancelled, or its worker is leaving, before the child was started."""


class Supervisor:
    """The life of one attempt. ``stop`` says why its child was asked to stop, if it was."""

    def __init__(self, claim: Claim):
        self.claim = claim
        self.said = Said()
        self.stop = ""
        self._kill_at: float | None = None
        self._lease_ends = time.monotonic() + settings.JOB_LEASE
        self._lines: list[Line] = []
        self._measured: list[Timed] = []
        self._progress: dict = {}
        self._rate = Rate()
        self._unsure = False  # whether an earlier try of this save may have arrived
        self._lines_saved = 0
        self._peak = 0
        self._due = {"flush": 0.0, "beat": 0.0, "poll": 0.0}

    def run(self) -> None:
        """See the job to its end; returns normally whatever becomes of it."""
        child = None
        try:
            self.adapter = adapters.load(self.claim.job.kind)
            self.work = self.patiently(lambda: self.adapter.prepare(self.claim.job))
            self._end_leftovers()
            inputs.check(self.work.inputs, while_waiting=self._tend_checking)
            self.folder = folder.prepare(self.claim, self.work)
            child = self.child = Child(self.folder)
            self._note_child()
            code = self._attend()
            self._finish(code)
        except LeaseLost:
            log.warning("Job %s is no longer ours: it is left as it is.", self.claim.job.pk)
        except PutDown:
            self._ending(lambda: endings.put_down(self.claim))
        except UserError as error:
            sentence = error.sentence
            self._ending(lambda: endings.mistake(self.claim, sentence))
        except BROKEN as error:
            log.error("Job %s is left to the sweep: the database is away for too long: %s", self.claim.job.pk, error)
            if child:
                child.terminate()
                child.wait(self._lease_ends - time.monotonic())
        except Exception as error:
            if child:
                child.kill()
            log.exception("Job %s broke in its worker.", self.claim.job.pk)
            self._ending(lambda error=error: endings.broken(self.claim, error))
        finally:
            if child:
                child.end()

    def patiently(self, action):
        # What is left of the lease then is the child's, to leave what a resume needs.
        return patiently(action, until=self._lease_ends - settings.JOB_LEASE / 4)

    # -- the loop -----------------------------------------------------------------------------------------------------
    def _attend(self) -> int:
        """Until the child has ended and all it said is saved; its exit code."""
        reader = Reader(self.folder.events)
        tick = max(0.05, min(TICK, settings.JOB_FLUSH, settings.JOB_CANCEL_POLL, settings.JOB_HEARTBEAT))
        try:
            while (code := self.child.poll()) is None:
                self._hear(reader.read())
                self._tend()
                self.child.rest(tick)
            for batch in reader.drain():
                self._hear(batch)
                self._tend()
            self._flush()
            self._beat()  # so that the last peak of memory is known, too
            return code
        finally:
            reader.close()

    def _tend(self) -> None:
        """Do what is due: save, beat, look for reasons to stop."""
        if self._is_due("beat", settings.JOB_HEARTBEAT):
            self._beat()
        if self._is_due("flush", settings.JOB_FLUSH):
            self._flush()
            self._peak_memory()
            self.folder.cap_stderr()
        if self._is_due("poll", settings.JOB_CANCEL_POLL) and self.patiently(
            lambda: claims.cancel_requested(self.claim)
        ):
            self._stop(CANCEL)
        if stopping.requested() and not self.stop:
            self._stop(SHUTDOWN)
        if self._kill_at is not None and time.monotonic() >= self._kill_at:
            self.child.kill()

    def _stop(self, why: str) -> None:
        if not self.stop:
            self._kill_at = time.monotonic() + settings.JOB_CANCEL_GRACE
            self.child.terminate()
        self.stop = why

    def _is_due(self, what: str, every: float) -> bool:
        now = time.monotonic()
        if now < self._due[what]:
            return False
        self._due[what] = now + every
        return True

    def _beat(self, **known) -> None:
        since = time.monotonic()
        known["peak_memory"] = self._peak_memory()
        if self.patiently(lambda: claims.beat(self.claim, **known)):
            self._stop(CANCEL)
        self._lease_ends = since + settings.JOB_LEASE

    # -- what the child says ------------------------------------------------------------------------------------------
    def _hear(self, batch: list[Timed]) -> None:
        for event, at in batch:
            if isinstance(event, Progress):
                self._progress = {
                    "phase": ", ".join(filter(None, (event.phase, event.detail)))[:100],
                    "done": event.done,
                    "total": event.total,
                    "unit": event.unit[:20],
                    "rate": self._rate.after(event, at),
                }
            elif isinstance(event, MEASURED):
                self._measure(event, at)
            elif isinstance(event, Note):
                self.said.note(event)
                self._lines.append(Line(_moment(at), event.level, event.text))
            elif isinstance(event, Artifact):
                self.said.artifacts[event.role] = event
                self._lines.append(Line(_moment(at), "info", f"Made the {event.role} {event.digest[:12]}."))

    def _measure(self, event, at: float) -> None:
        if not hasattr(self.adapter, "receive"):
            return
        if not self.said.measured and (self.claim.attempt.number > 1 or self.work.continues):
            # Points of earlier attempts count up to the checkpoint, or not at all where this one starts afresh.
            if isinstance(event, Resumed):
                earlier = self.patiently(lambda: folder.earlier_folders(self.claim, self.work))
                self._measured += measured_before(one.events for one in earlier)
            else:
                self._measured.append((FROM_THE_START, at))
        self.said.measured = True
        self._measured.append((event, at))
        if isinstance(event, Resumed):
            self._lines.append(Line(_moment(at), "info", f"Goes on after step {event.step:,}."))

    def _flush(self) -> None:
        """Save all that was heard, once, in one transaction under the lease."""
        if not (self._lines or self._measured or self._progress):
            return
        self.patiently(self._save)
        self._lines_saved += len(self._lines)
        self._lines, self._measured, self._progress, self._unsure = [], [], {}, False
        if self._lines_saved > settings.JOB_LOG_LINES:
            self.patiently(lambda: claims.trim_log(self.claim))
            self._lines_saved = settings.JOB_LOG_LINES * 9 // 10

    def _save(self) -> None:
        lines = claims.unsaved(self.claim, self._lines) if self._unsure else self._lines
        self._unsure = True
        with transaction.atomic():
            claims.save(self.claim, progress=self._progress, lines=lines)
            if self._measured:
                self.adapter.receive(self.claim.job, self._measured)

    def _peak_memory(self) -> int | None:
        """The most that the child held so far; the system forgets it when the child ends."""
        self._peak = max(self._peak, machine.peak_memory(self.child.pid) or 0)
        return self._peak or None

    # -- beginning and end --------------------------------------------------------------------------------------------
    def _note_child(self) -> None:
        self._beat(folder=str(self.folder.path), pid=self.child.pid)

    def _tend_checking(self) -> None:
        if self._is_due("beat", settings.JOB_HEARTBEAT):
            self._lease_ends = time.monotonic() + settings.JOB_LEASE
            asked = self.patiently(lambda: claims.beat(self.claim))
        else:
            asked = self._is_due("poll", settings.JOB_CANCEL_POLL) and self.patiently(
                lambda: claims.cancel_requested(self.claim)
            )
        if asked or stopping.requested():
            raise PutDown

    def _end_leftovers(self) -> None:
        earlier = Attempt.objects.filter(job=self.claim.job).exclude(pk=self.claim.attempt.pk)
        for pid, path in self.patiently(lambda: list(earlier.values_list("pid", "folder"))):
            end_leftover(pid, path)

    def _finish(self, code: int) -> None:
        ended = endings.Ended(code, self.stop, self.said, self.folder, self.work.continues)
        stored = {}
        if ended.is_well:
            stored = endings.store(ended, while_waiting=self._tend_storing)
        self._ending(lambda: endings.write(self.claim, self.adapter, ended, stored))

    def _tend_storing(self) -> None:
        if self._is_due("beat", settings.JOB_HEARTBEAT):
            self._beat()

    def _ending(self, write) -> None:
        try:
            self.patiently(write)
        except LeaseLost:
            log.warning("Job %s ended without us: nothing is changed.", self.claim.job.pk)
        except BROKEN as error:
            log.error("The end of job %s is left to the sweep: %s", self.claim.job.pk, error)


def _moment(at: float) -> datetime:
    try:
        return datetime.fromtimestamp(at, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return datetime.now(UTC)
