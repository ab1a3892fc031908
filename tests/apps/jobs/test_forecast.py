from datetime import timedelta

import pytest
from django.db.models import F
from django.db.models.functions import Now
from django.urls import reverse

from apps.jobs import nodes
from apps.jobs.forecast import seconds_until_start
from apps.jobs.models import Job, Priority
from tests.apps.jobs.making import claim, job, succeed

pytestmark = pytest.mark.django_db


@pytest.fixture
def slots():
    def announce(count, queue="cpu", name="cpu@here"):
        nodes.announce(name=name, queues=[queue], slots=count, version="1", machine={}, load={})

    return announce


def took(project, by, kind, seconds):
    made = job(project, by, kind=kind)
    succeed(claim())
    Job.objects.filter(pk=made.pk).update(started_at=F("finished_at") - timedelta(seconds=seconds))


def test_nothing_is_said_without_a_worker_or_where_a_kind_was_never_done(project, alice, slots):
    first, waiting = job(project, alice, kind="slow"), job(project, alice)
    assert seconds_until_start(waiting) is None
    slots(1)
    assert seconds_until_start(first) == 0
    assert seconds_until_start(waiting) is None


def test_the_jobs_ahead_are_dealt_out_to_the_slots(project, alice, slots):
    took(project, alice, "slow", 100)
    took(project, alice, "quick", 10)
    for kind in ("slow", "quick", "quick", "slow"):
        job(project, alice, kind=kind)
    waiting = job(project, alice, kind="quick")
    slots(1)
    assert seconds_until_start(waiting) == 220
    slots(2)
    # slow until 100 beside quick, quick until 20, and slow until 120
    assert seconds_until_start(waiting) == 100
    waiting = job(project, alice, kind="quick", priority=Priority.HIGH)
    assert seconds_until_start(waiting) == 0


def test_what_runs_is_waited_for_and_other_queues_and_drained_workers_do_not_count(project, alice, slots):
    took(project, alice, "slow", 100)
    running = job(project, alice, kind="slow")
    claim()
    Job.objects.filter(pk=running.pk).update(started_at=Now() - timedelta(seconds=40))
    waiting = job(project, alice, kind="slow")
    slots(1)
    slots(4, queue="gpu", name="gpu@here")
    assert seconds_until_start(waiting) == pytest.approx(60, abs=2)
    Job.objects.filter(pk=running.pk).update(done=10, total=20, rate=2)
    assert seconds_until_start(waiting) == 5
    slots(8, name="other@here")
    assert seconds_until_start(waiting) == 0
    nodes.set_draining(worker=nodes.workers().get(name="other@here"), draining=True)
    assert seconds_until_start(waiting) == 5


def test_a_job_that_waits_for_another_has_no_time_yet(project, alice, slots):
    slots(1)
    first = job(project, alice)
    assert seconds_until_start(job(project, alice, after=[first])) is None


def test_the_page_of_a_waiting_job_says_when_it_begins(client, signed_in, project, alice, slots):
    took(project, alice, "slow", 100)
    slots(1)
    job(project, alice, kind="slow")
    waiting = job(project, alice, kind="slow")
    page = signed_in(alice).get(reverse("jobs:detail", args=[waiting.pk])).content.decode()
    assert "It begins in about 1 min 40 s" in page
