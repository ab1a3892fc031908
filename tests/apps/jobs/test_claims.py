import threading

import pytest
from django.db import connection, transaction

from apps.jobs import claims, services
from apps.jobs.models import Attempt, Job, LogLine, Priority, Status
from apps.jobs.status import LeaseLost, move
from tests.apps.jobs.making import claim, job, succeed


@pytest.mark.django_db
def test_the_next_job_is_the_most_urgent_then_the_oldest_of_its_queue(project, alice):
    job(project, alice, "low", priority=Priority.LOW)
    job(project, alice, "first")
    job(project, alice, "second")
    job(project, alice, "urgent", priority=Priority.HIGH)
    job(project, alice, "elsewhere", queue="gpu")
    order = []
    while held := claim():
        order.append(held.job.title)
    assert order == ["urgent", "first", "second", "low"]


@pytest.mark.django_db
def test_a_job_waits_until_all_its_predecessors_have_succeeded(project, alice):
    one, two = job(project, alice, "one"), job(project, alice, "two")
    job(project, alice, "both", after=[one, two], priority=Priority.HIGH)
    first, second = claim(), claim()
    assert {first.job, second.job} == {one, two}
    assert claim() is None
    succeed(first)
    assert claim() is None
    succeed(second)
    assert claim().job.title == "both"


@pytest.mark.django_db
def test_a_claim_is_an_attempt_with_a_lease_of_its_own(project, alice):
    queued = job(project, alice)
    held = claim(worker="host/cpu/7")
    queued.refresh_from_db()
    assert (queued.status, queued.worker, queued.lease) == (Status.RUNNING, "host/cpu/7", held.lease)
    assert queued.lease_until > queued.started_at
    attempt = Attempt.objects.get()
    assert (attempt.number, attempt.lease, attempt.outcome) == (1, held.lease, "")


@pytest.mark.django_db(transaction=True)
def test_workers_that_claim_at_once_never_get_the_same_job(project, alice):
    for n in range(12):
        job(project, alice, f"job {n}")
    got, start = [], threading.Barrier(4)

    def work():
        start.wait()
        try:
            while held := claim():
                got.append(held.job.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == len(set(got)) == 12


@pytest.mark.django_db(transaction=True)
def test_a_job_is_claimed_while_another_is_being_queued_behind_it(project, alice):
    first, got = job(project, alice, "first"), []

    def work():
        got.append(claim())
        connection.close()

    with transaction.atomic():
        job(project, alice, "second", after=[first])
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert got[0].job == first


@pytest.mark.django_db
def test_nothing_is_written_without_the_lease(project, alice):
    queued = job(project, alice)
    held = claim()
    line = claims.Line(queued.created_at, "info", "too late")
    Job.objects.update(lease=None, status=Status.QUEUED)
    for write in (
        lambda: claims.beat(held, folder="/x"),
        lambda: claims.save(held, progress={"done": 5.0}),
        lambda: claims.save(held, lines=[line]),
        lambda: claims.cancel_requested(held),
        lambda: succeed(held),
    ):
        with pytest.raises(LeaseLost):
            write()
    queued.refresh_from_db()
    assert (queued.status, queued.done, LogLine.objects.count()) == (Status.QUEUED, None, 0)
    assert Attempt.objects.get().folder == ""


@pytest.mark.django_db
def test_a_beat_renews_the_lease_and_brings_the_wish_to_cancel(project, alice):
    queued = job(project, alice)
    held = claim()
    before = Job.objects.get().lease_until
    assert claims.beat(held, folder="/var/jobs/1", pid=7) is False
    assert Job.objects.get().lease_until > before
    attempt = Attempt.objects.get()
    assert (attempt.folder, attempt.pid) == ("/var/jobs/1", 7)
    assert attempt.heartbeat_at
    services.request_cancel(job=queued, by=alice)
    assert claims.beat(held) is True


@pytest.mark.django_db
def test_lines_that_arrived_before_a_connection_broke_are_not_saved_twice(project, alice):
    queued = job(project, alice)
    held = claim()
    lines = [claims.Line(queued.created_at, "info", text) for text in ("one", "two\x00", "three")]
    claims.save(held, lines=lines[:2])
    assert claims.unsaved(held, lines) == lines[2:]


@pytest.mark.django_db
def test_a_long_log_keeps_its_head_and_its_tail_and_says_so(project, alice, settings):
    settings.JOB_LOG_LINES = 6
    queued = job(project, alice)
    held = claim()
    claims.save(held, lines=[claims.Line(queued.created_at, "info", str(n)) for n in range(20)])
    claims.trim_log(held)
    texts = list(LogLine.objects.values_list("text", flat=True))
    assert texts == ["0", "1", "2", "Lines are left out here: there were too many.", "17", "18", "19"]


@pytest.mark.parametrize("move_", [(Status.QUEUED, Status.SUCCEEDED), (Status.FAILED, Status.QUEUED)])
def test_a_job_goes_no_way_that_is_not_written_down(move_):
    expected, to = move_
    with pytest.raises(ValueError, match="does not go"):
        move(jobs=[], expected=expected, to=to)
