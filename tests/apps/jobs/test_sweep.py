from datetime import timedelta

import pytest
from django.utils import timezone

from apps.jobs import claims, messages
from apps.jobs.models import Job, Status
from apps.jobs.sweep import sweep
from tests.apps.jobs.making import claim, job, outcomes, succeed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def wanted(monkeypatch):
    """What each sweep asked to be woken."""
    asked = []
    monkeypatch.setattr(messages, "top_up", asked.append)
    return asked


def expire(row):
    Job.objects.filter(pk=row.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_silent_workers_job_is_queued_again_and_given_up_at_last(project, alice, settings):
    settings.JOB_MAX_ATTEMPTS, settings.JOB_LEASE = 3, 60.0
    queued = job(project, alice)
    successor = job(project, alice, "next", after=[queued])
    for attempt in (1, 2):
        claim()
        expire(queued)
        assert sweep().lost == 1
        queued.refresh_from_db()
        assert (queued.status, queued.attempts_counted) == (Status.QUEUED, attempt)
        assert queued.reason == (
            "The worker host/cpu/1 gave no sign of life for 60 seconds. "
            f"That was attempt {attempt} of 3; the job waits for its next one."
        )
    claim()
    expire(queued)
    sweep()
    for row in (queued, successor):
        row.refresh_from_db()
    assert queued.status == Status.FAILED
    assert queued.reason == (
        "Given up after 3 attempts. The last one: The worker host/cpu/1 gave no sign of life for 60 seconds."
    )
    assert successor.status == Status.CANCELLED
    assert outcomes(queued) == ["lost"] * 3


def test_a_worker_that_beats_keeps_its_job(project, alice):
    queued = job(project, alice)
    held = claim()
    expire(queued)
    claims.beat(held)
    assert sweep().lost == 0
    succeed(held)


def test_an_attempt_that_was_given_back_does_not_count(project, alice, settings):
    from apps.jobs import endings

    settings.JOB_MAX_ATTEMPTS = 2
    queued = job(project, alice)
    for _ in range(4):
        endings.return_to_queue(claim())
    claim()
    expire(queued)
    sweep()
    queued.refresh_from_db()
    assert (queued.status, queued.attempts_counted) == (Status.QUEUED, 1)


def test_a_lost_job_that_was_to_be_cancelled_is_cancelled(project, alice):
    from apps.jobs import services

    queued = job(project, alice)
    claim()
    services.request_cancel(job=queued, by=alice)
    expire(queued)
    sweep()
    queued.refresh_from_db()
    assert (queued.status, queued.reason) == (Status.CANCELLED, "Cancelled by alice.")


def test_a_sweep_wakes_the_queues_that_have_jobs_to_start(project, alice, wanted):
    first = job(project, alice, "first")
    job(project, alice, "second")
    job(project, alice, "blocked", after=[first], queue="gpu")
    assert sweep().claimable == 2
    assert wanted == [{"cpu": 2}]


def test_a_successor_that_slipped_through_is_cancelled_by_the_sweep(project, alice):
    first, late = job(project, alice, "first"), job(project, alice, "late")
    Job.objects.filter(pk=first.pk).update(status=Status.FAILED)
    late.after.add(first)
    assert sweep().cancelled == 1
    late.refresh_from_db()
    assert (late.status, "“first”" in late.reason) == (Status.CANCELLED, True)
