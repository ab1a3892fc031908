"""Disk, files and numbers that give out: the job fails with a sentence that helps, and is not tried again."""

import os
import shlex
import subprocess
import sys

import pytest

from apps.curricula import services as curricula
from apps.jobs.models import Artifact, Status
from gradatim import artifacts
from gradatim.artifacts import Store
from tests.apps.jobs.making import outcomes
from tests.workers.faults.conftest import first_folder, is_root

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a file system of a few megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    if (
        not is_root()
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", folder], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("file systems cannot be mounted here; the limit on the size of files is tried all the same")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=False)


def states(job):
    return sorted(path.name for path in (first_folder(job) / "out").glob("resume-*"))


def test_a_disk_that_is_full_at_a_checkpoint_fails_the_run_in_words_and_leaves_the_states_before_it(
    train, ended, start_worker, small_disk
):
    start_worker("gpu", JOB_COMMAND="", JOBS_ROOT=str(small_disk))
    run = train(steps=200)
    ended(run.job, seconds=60)
    assert (run.job.status, outcomes(run.job)) == (Status.FAILED, ["failed"])
    assert run.job.reason == "The disk is full. Free some space, then try again."
    assert states(run.job)
    for state in states(run.job):
        artifacts.verify(first_folder(run.job) / "out" / state)
    run.refresh_from_db()
    assert run.checkpoint is None


def test_a_limit_on_the_size_of_files_fails_the_run_in_words_and_leaves_no_half_state(train, ended, start_worker):
    limited = f'ulimit -f 1000; exec {shlex.quote(sys.executable)} -m gradatim work "$0"'
    start_worker("gpu", JOB_COMMAND=shlex.join(["sh", "-c", limited]))
    run = train(steps=60)
    ended(run.job, seconds=60)
    assert (run.job.status, outcomes(run.job)) == (Status.FAILED, ["failed"])
    assert "no file of that size" in run.job.reason and "then try again" in run.job.reason
    assert states(run.job) == []


def test_a_disk_too_full_even_for_last_words_is_named(play, ended, start_worker, queue_name, small_disk):
    start_worker(queue_name, JOBS_ROOT=str(small_disk))
    job = ended(play(["fill"], ["exit", 1], queue=queue_name))
    assert (job.reason, outcomes(job)) == ("The disk is full. Free some space, then try again.", ["failed"])


def test_a_damaged_shard_is_found_before_the_run_starts_and_named(train, ended, trainer, settings, damaged):
    run = train(steps=20)
    (version,) = curricula.datasets_of(run.version)
    prose = Artifact.objects.get(kind="tokens", meta__dataset=version.artifact.digest)
    damaged.add(prose.digest)
    path = Store(settings.STORAGE_ROOT).get("tokens", prose.digest).path / "tokens.bin"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    ended(run.job)
    path.write_bytes(whole)  # other tests read the same
    assert (run.job.status, outcomes(run.job)) == (Status.FAILED, ["failed"])
    assert run.job.reason.startswith(f"The file tokens.bin of the tokens {prose.digest[:12]} is missing or damaged.")
    assert "Put it back from a copy" in run.job.reason


def test_a_damaged_artifact_that_looks_untouched_is_found_once_it_was_not_read_for_a_week(
    play, ended, start_worker, queue_name, settings, tmp_path, damaged
):
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "data.txt").write_text("a shard")
    stored = Store(settings.STORAGE_ROOT).put(artifacts.seal(tmp_path / "made", "dataset", {}).path)
    row = Artifact.objects.create(kind="dataset", digest=stored.digest, size=stored.size)
    start_worker(queue_name)
    file, manifest = stored.path / "data.txt", stored.path / artifacts.MANIFEST
    before = file.stat()
    file.write_text("a shabd")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    damaged.add(row.digest)
    month_ago = before.st_mtime - 30 * 24 * 3600
    os.utime(manifest, (month_ago, month_ago))
    job = ended(play(["given"], queue=queue_name, document={"inputs": [stored.digest]}))
    assert (job.status, outcomes(job)) == (Status.FAILED, ["failed"])
    assert "data.txt" in job.reason
    file.write_text("a shard")
    job = ended(play(["given"], queue=queue_name, document={"inputs": [stored.digest]}))
    assert job.status == Status.SUCCEEDED
    assert manifest.stat().st_mtime > before.st_mtime


def test_a_loss_that_is_no_number_fails_the_run_with_its_step_and_a_hint(train, ended, trainer):
    run = train(steps=30, schedules=[{"peak": 1e30, "shape": "constant"}])
    ended(run.job, seconds=60)
    assert (run.job.status, outcomes(run.job)) == (Status.FAILED, ["failed"])
    assert " of step " in run.job.reason and "lower the peak learning rate" in run.job.reason
    run.refresh_from_db()
    assert run.checkpoint is None
