"""A job's folder: ``JOBS_ROOT/<job id>/<attempt number>/`` with job.json, events.jsonl, stderr.txt and the child's out/."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from apps.jobs.claims import Claim
from apps.jobs.models import Attempt, Job
from gradatim.artifacts import Store
from workers.work import Work

#: What stays of an attempt whose job has succeeded: enough to see what ran and what it said.
KEPT = ("job.json", "events.jsonl", "stderr.txt")
STDERR_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Folder:
    """Where one attempt runs. The child writes events and stderr through files, so that neither waits for a reader."""

    path: Path

    @property
    def out(self) -> Path:
        return self.path / "out"

    @property
    def events(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def stderr(self) -> Path:
        return self.path / "stderr.txt"

    def cap_stderr(self) -> None:
        """Keep the last half of what is too much. Lines that arrive in this moment may be lost."""
        if self.stderr.stat().st_size > STDERR_BYTES:
            tail = self.stderr_tail(STDERR_BYTES // 2)
            with self.stderr.open("ab") as file:  # the child appends to this very file: it must stay the same
                file.truncate(0)
                file.write(tail.encode())

    def stderr_tail(self, size: int = 4000) -> str:
        try:
            with self.stderr.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - size))
                return file.read().decode(errors="replace")
        except OSError:
            return ""


def prepare(claim: Claim, work: Work) -> Folder:
    """Make the attempt's folder with its job.json: every input as a local path, earlier attempts newest first.

    ``UserError`` where an input is not in the store.
    """
    store = Store(settings.STORAGE_ROOT)
    folder = Folder(root(claim.job) / str(claim.attempt.number))
    folder.path.mkdir(parents=True, mode=0o700, exist_ok=True)
    document = {
        "format": 1,
        "task": work.task,
        "params": work.params,
        "seed": work.seed,
        "inputs": [str(store.get(artifact.kind, artifact.digest).path.resolve()) for artifact in work.inputs],
        "previous": [str(earlier.out) for earlier in reversed(earlier_folders(claim, work)) if _has_files(earlier.out)],
    }
    beside = folder.path / "job.json.part"
    beside.write_text(json.dumps(document, indent=1))
    beside.replace(folder.path / "job.json")
    folder.out.mkdir(exist_ok=True)
    return folder


def earlier_folders(claim: Claim, work: Work) -> list[Folder]:
    """The folders of earlier attempts, of the job and of those that it continues, that are on this machine, oldest first."""
    tried = Attempt.objects.filter(job__in=[*work.continues, claim.job]).exclude(folder="")
    earlier = tried.exclude(job=claim.job, number__gte=claim.attempt.number).order_by("job__created_at", "number")
    paths = [Path(path) for path in earlier.values_list("folder", flat=True)]
    return [Folder(path) for path in paths if path.is_dir()]


def root(job: Job) -> Path:
    return Path(settings.JOBS_ROOT).resolve() / str(job.pk)


def tidy(job: Job, *, succeeded: bool) -> None:
    """Free what a job that is over needs no more: resume states are big, and its artifacts rest in the store.

    Of one that did not succeed the newest output stays, for whoever tries to understand it or goes on from it.
    """
    attempts = sorted((path for path in root(job).glob("*") if path.name.isdigit()), key=lambda path: int(path.name))
    if not succeeded:
        with_output = [path for path in attempts if _has_files(path / "out")]
        attempts = [path for path in attempts if path not in with_output[-1:]]
    for attempt in attempts:
        for path in attempt.iterdir():
            if path.name in KEPT:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _has_files(out: Path) -> bool:
    return out.is_dir() and any(out.iterdir())
