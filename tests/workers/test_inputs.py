"""What a job reads is looked over before it starts, and can be put down meanwhile."""

import os

import pytest

from apps.jobs import services
from apps.jobs.models import Artifact, Status
from gradatim import artifacts
from gradatim.artifacts import Store
from gradatim.errors import UserError
from tests.apps.jobs.making import outcomes
from workers import inputs, stopping, supervise, wake

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shard(settings, tmp_path):
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "data.txt").write_text("a shard")
    stored = Store(settings.STORAGE_ROOT).put(artifacts.seal(tmp_path / "made", "dataset", {}).path)
    return Artifact.objects.create(kind="dataset", digest=stored.digest, size=stored.size), stored.path


def never():
    raise AssertionError("nothing was to be waited for")


def test_what_did_not_change_since_it_was_found_whole_is_not_read_again(shard, monkeypatch):
    row, _ = shard
    monkeypatch.setattr(artifacts, "verify", lambda folder: never())
    inputs.check([row], while_waiting=lambda: None)


@pytest.mark.parametrize("damage", ["changed", "longer", "gone"])
def test_what_changed_is_read_and_named_where_it_is_damaged(shard, damage):
    row, folder = shard
    file = folder / "data.txt"
    if damage == "gone":
        file.unlink()
    else:
        file.write_text("a shabd" if damage == "changed" else "a shard of more")
        os.utime(file, ns=(1, (folder / artifacts.MANIFEST).stat().st_mtime_ns + 10**9))
    with pytest.raises(UserError, match=r"data.txt of the dataset .* damaged\. Put it back"):
        inputs.check([row], while_waiting=lambda: None)


def test_what_was_only_touched_is_read_once(shard):
    row, folder = shard
    later = (folder / artifacts.MANIFEST).stat().st_mtime + 1e-3
    os.utime(folder / "data.txt", (later, later))
    inputs.check([row], while_waiting=lambda: None)
    assert (folder / artifacts.MANIFEST).stat().st_mtime >= later


@pytest.mark.parametrize(
    ("why", "status", "outcome"), [("cancel", Status.CANCELLED, "cancelled"), ("shutdown", Status.QUEUED, "returned")]
)
def test_a_job_is_put_down_while_its_inputs_are_read(
    play, alice, queue_name, monkeypatch, settings, why, status, outcome
):
    settings.JOB_KINDS = ["tests.workers.kinds"]
    job = play(queue=queue_name)

    def asked(rows, *, while_waiting):
        if why == "cancel":
            services.request_cancel(job=job, by=alice)
        else:
            monkeypatch.setattr(stopping, "requested", lambda: True)
        while_waiting()

    monkeypatch.setattr(supervise.inputs, "check", asked)
    assert wake.run_next(queue_name)
    job.refresh_from_db()
    assert (job.status, job.attempts_counted, outcomes(job)) == (status, 0, [outcome])
    assert job.attempts.get().pid is None
