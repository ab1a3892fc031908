"""What must hold whatever was broken: every job is at its end or waits, and nothing is doubled, half done or left behind."""

import json
import os
import re
from pathlib import Path

import numpy as np
from django.conf import settings

from apps.jobs.models import Artifact, Job, Status
from apps.metrics import selectors as metrics
from apps.runs.models import Run
from gradatim import artifacts
from gradatim.artifacts import Store
from tests.workers.conftest import wait_for

#: What a person should never read as a reason.
MACHINE_TALK = re.compile(r"Traceback|Errno|0x[0-9a-f]{4}|[a-z]Error\b|Exception|\bNone\b|[{}<>]")


def assert_all_whole(damaged: set[str] = frozenset()) -> None:
    """``damaged``: digests of artifacts that the test itself has altered."""
    wait_for(lambda: not Job.objects.filter(status=Status.RUNNING).exists(), 10)
    for job in Job.objects.all():
        assert_attempts(job)
        assert_reason(job)
        wait_for(lambda job=job: not processes_of(job), 8)
    for run in Run.objects.select_related("job"):
        assert_series(run)
    assert_artifacts(damaged)


def assert_attempts(job: Job) -> None:
    """One after the other, each with its ending; the lease ended with the last. By the database's clock."""
    rows = list(job.attempts.order_by("number"))
    assert job.lease is None
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert all(row.outcome and row.finished_at for row in rows), [row.outcome for row in rows]
    for earlier, later in zip(rows, rows[1:], strict=False):
        assert earlier.finished_at <= later.created_at
    assert sum(row.outcome == "succeeded" for row in rows) <= 1
    assert job.status != Status.SUCCEEDED or not rows or rows[-1].outcome == "succeeded"
    assert job.attempts_counted == sum(row.outcome == "lost" for row in rows)


def assert_reason(job: Job) -> None:
    """Whoever asked for the job can read what became of it, and of each attempt that did not end well."""
    said = [job.reason] if job.status == Status.FAILED else []
    said += [row.reason for row in job.attempts.filter(outcome__in=["lost", "failed", "returned"])]
    for sentence in said:
        assert sentence.endswith((".", "!", "?")) and len(sentence) > 15, sentence
        assert not MACHINE_TALK.search(sentence), sentence


def assert_series(run: Run) -> None:
    """Each step of training once, without a gap, up to the last; of a run that succeeded all of them."""
    points = metrics.read([run.pk], ["train/loss"], max_points=None).get((run.pk, "train/loss"))
    steps = points.points.steps.tolist() if points else []
    assert steps == list(range(1, len(steps) + 1))
    if run.job.status == Status.SUCCEEDED and run.job.total:
        assert len(steps) == run.job.total


def assert_counted(job: Job, total: int = 40) -> None:
    """What the played child measures: every step with its value."""
    points = metrics.read([job.run.pk], ["train/loss"], max_points=None)[job.run.pk, "train/loss"].points
    assert points.steps.tolist() == list(range(1, total + 1))
    assert np.array_equal(points.values, 1.0 / points.steps)


def assert_artifacts(damaged: set[str] = frozenset()) -> None:
    """Every row's files are what their manifest says; in the store nothing is half there, and nothing lies beside it."""
    store = Store(settings.STORAGE_ROOT)
    for row in Artifact.objects.exclude(digest__in=damaged):
        stored = artifacts.verify(store.get(row.kind, row.digest).path)
        assert (stored.kind, stored.digest, stored.size) == (row.kind, row.digest, row.size)
    for folder in store.root.glob("*/*"):
        if folder.is_dir() and not folder.name.startswith("."):
            assert (folder / artifacts.MANIFEST).is_file(), f"half an artifact: {folder}"
    assert not list(store.root.glob("*/.*.*")), "a writer left its half artifact"


def processes_of(job: Job) -> list[int]:
    """Live processes that work in the job's folders; not those of a test, which only speak of them."""
    folders = [os.fsencode(path) for path in job.attempts.exclude(folder="").values_list("folder", flat=True)]
    found = []
    for entry in Path("/proc").iterdir() if folders else ():
        try:
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                words = (entry / "cmdline").read_bytes().split(b"\0")
                if any(folder in words for folder in folders):
                    found.append(int(entry.name))
        except OSError:
            continue
    return found


def document(job: Job) -> str:
    """The job and its attempts as JSON, for a test in another process."""
    rows = job.attempts.order_by("number").values("outcome", "reason", "pid")
    return json.dumps({"status": job.status, "reason": job.reason, "attempts": list(rows)})
