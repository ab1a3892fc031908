import pytest
from django.db import transaction

from apps.jobs import endings, messages, services
from apps.jobs.models import Artifact, Job, Status
from apps.jobs.status import LeaseLost
from gradatim import artifacts
from tests.apps.jobs.making import claim, job, outcomes, succeed

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch):
    queues = []
    monkeypatch.setattr(messages, "send", queues.extend)
    return queues


def chain(project, by):
    first = job(project, by, "Train base")
    second = job(project, by, "Train replay", after=[first])
    third = job(project, by, "Score prose", after=[second], queue="gpu")
    return first, second, third


def test_a_failed_predecessor_cancels_everything_that_waits_for_it_and_names_it(project, alice):
    _, second, third = chain(project, alice)
    unrelated = job(project, alice, "unrelated")
    endings.fail(claim(), reason="The file is empty: choose another.")
    for row in (second, third):
        row.refresh_from_db()
        assert row.status == Status.CANCELLED
        assert row.reason == "Cancelled because “Train base”, which this job waits for, failed."
        assert row.finished_at
    unrelated.refresh_from_db()
    assert unrelated.status == Status.QUEUED


def test_a_cancelled_predecessor_cancels_its_successors_too(project, alice):
    first, second, third = chain(project, alice)
    services.request_cancel(job=first, by=alice)
    for row in (first, second, third):
        row.refresh_from_db()
    assert first.reason == "Cancelled by alice."
    assert second.reason == third.reason == "Cancelled because “Train base”, which this job waits for, was cancelled."


def test_a_job_queued_behind_a_failed_one_is_cancelled_with_that_reason(project, alice):
    first = job(project, alice, "Train base")
    endings.fail(claim(), reason="No.")
    late = job(project, alice, "Train replay", after=[first])
    assert (late.status, "Train base" in late.reason) == (Status.CANCELLED, True)


def test_success_registers_artifacts_and_enters_them_in_the_same_transaction(project, alice, tmp_path):
    job(project, alice)
    (tmp_path / "data.txt").write_text("x")
    stored = artifacts.seal(tmp_path, "dataset", {"rows": 1})
    seen = {}
    endings.succeed(claim(), stored={"dataset": stored}, finish=lambda job, rows: seen.update(rows))
    row = Artifact.objects.get()
    assert (row.kind, row.digest, row.meta, row.size) == ("dataset", stored.digest, {"rows": 1}, 1)
    assert seen == {"dataset": row}


def test_when_entering_the_result_breaks_nothing_of_the_ending_stays(project, alice, tmp_path):
    queued = job(project, alice)
    stored = artifacts.seal(tmp_path, "dataset", {})

    def finish(job, rows):
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError), transaction.atomic():
        endings.succeed(claim(), stored={"dataset": stored}, finish=finish)
    queued.refresh_from_db()
    assert queued.status == Status.QUEUED  # the claim was part of this transaction
    assert not Artifact.objects.exists()


def test_the_second_ending_of_a_job_changes_nothing(project, alice):
    queued = job(project, alice)
    held = claim()
    succeed(held)
    with pytest.raises(LeaseLost):
        endings.fail(held, reason="too late")
    queued.refresh_from_db()
    assert (queued.status, queued.reason, queued.lease) == (Status.SUCCEEDED, "", None)


def test_a_successor_is_woken_when_its_last_predecessor_has_succeeded(
    project, alice, sent, django_capture_on_commit_callbacks
):
    one, two = job(project, alice, "one"), job(project, alice, "two")
    job(project, alice, "both", after=[one, two], queue="gpu")
    for expected in ([], ["gpu"]):
        held = claim()
        with django_capture_on_commit_callbacks(execute=True):
            succeed(held)
        assert sent == expected


def test_a_job_is_queued_with_a_message_only_if_it_can_start(project, alice, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        first = job(project, alice, "first")
        job(project, alice, "second", after=[first], queue="gpu")
    assert sent == ["cpu"]


def test_a_broker_that_is_down_fails_no_request(
    project, alice, monkeypatch, django_capture_on_commit_callbacks, caplog
):
    from apps.site.celery import app

    monkeypatch.setattr(app.conf, "broker_write_url", "redis+socket:///tmp/there-is-none.sock")
    with django_capture_on_commit_callbacks(execute=True):
        job(project, alice)
    assert Job.objects.get().status == Status.QUEUED
    assert "No worker could be woken" in caplog.text


def test_a_queued_job_that_is_cancelled_never_starts(project, alice):
    queued = job(project, alice)
    assert services.request_cancel(job=queued, by=alice).status == Status.CANCELLED
    assert claim() is None
    assert outcomes(queued) == []


def test_a_running_job_is_asked_and_ends_cancelled_however_its_work_ended(project, alice, bob):
    for end in (
        endings.acknowledge_cancel,
        endings.return_to_queue,
        lambda held: endings.fail(held, reason="It broke."),
        lambda held: endings.lose(job=held.job.pk, lease=held.lease, reason="It vanished."),
    ):
        queued = job(project, alice)
        held = claim()
        assert services.request_cancel(job=queued, by=bob).status == Status.RUNNING
        end(held)
        queued.refresh_from_db()
        assert (queued.status, queued.reason) == (Status.CANCELLED, "Cancelled by bob.")


def test_work_that_is_done_after_cancellation_was_asked_for_does_not_succeed(project, alice):
    queued = job(project, alice)
    held = claim()
    services.request_cancel(job=queued, by=alice)
    with pytest.raises(endings.CancelRequested):
        succeed(held)
    endings.acknowledge_cancel(held)
    assert outcomes(queued) == ["cancelled"]


def test_cancelling_what_is_over_changes_nothing(project, alice):
    queued = job(project, alice)
    succeed(claim())
    row = services.request_cancel(job=queued, by=alice)
    assert (row.status, row.cancel_requested, row.reason) == (Status.SUCCEEDED, False, "")


def test_a_worker_that_leaves_gives_the_job_back_uncounted(project, alice):
    queued = job(project, alice)
    endings.return_to_queue(claim())
    queued.refresh_from_db()
    assert (queued.status, queued.attempts_counted, queued.lease) == (Status.QUEUED, 0, None)
    assert outcomes(queued) == ["returned"]
    assert claim().attempt.number == 2
