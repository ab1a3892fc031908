import pytest

from apps.jobs import claims, selectors
from apps.jobs.models import Job, Priority
from tests.apps.jobs.making import claim, job, succeed

pytestmark = pytest.mark.django_db


def test_the_place_in_the_queue_is_the_order_in_which_jobs_are_claimed(project, alice):
    rows = [job(project, alice, str(n), priority=p) for n, p in enumerate([2, 1, 0, 1, Priority.HIGH])]
    job(project, alice, "elsewhere", queue="gpu")
    places = selectors.places(rows)
    assert sorted(places.values()) == [1, 2, 3, 4, 5]
    for place in range(1, 6):
        assert places[claim().job.pk] == place
    assert selectors.places(Job.objects.filter(queue="cpu")) == {}


def test_a_job_that_waits_has_no_place_and_takes_none(project, alice):
    first = job(project, alice, "first")
    blocked = job(project, alice, "blocked", after=[first], priority=Priority.HIGH)
    last = job(project, alice, "last")
    assert selectors.place_in_queue(blocked) is None
    assert selectors.place_in_queue(last) == 2
    assert list(selectors.blocked_by(blocked)) == [first]
    succeed(claim())
    assert selectors.place_in_queue(blocked) == 1
    assert not selectors.blocked_by(blocked)


def test_places_of_many_jobs_take_one_query(project, alice, django_assert_num_queries):
    rows = [job(project, alice, str(n)) for n in range(5)]
    with django_assert_num_queries(1):
        selectors.places(rows)


def test_the_time_left_follows_from_rate_and_rest(project, alice):
    job(project, alice)
    held = claim()
    assert selectors.seconds_left(held.job) is None
    claims.save(held, progress={"phase": "train", "done": 30.0, "total": 240.0, "unit": "steps", "rate": 2.0})
    assert selectors.seconds_left(Job.objects.get()) == 105.0
    succeed(held)
    assert selectors.seconds_left(Job.objects.get()) is None


def test_log_lines_are_read_on_from_the_last_one_seen(project, alice):
    queued = job(project, alice)
    held = claim()
    claims.save(held, lines=[claims.Line(queued.created_at, "info", str(n)) for n in range(5)])
    head = selectors.log_lines(queued, limit=3)
    assert [line.text for line in head] == ["0", "1", "2"]
    assert [line.text for line in selectors.log_lines(queued, after=head[-1].id)] == ["3", "4"]


def test_a_stranger_sees_no_job(project, alice, vera, charlie):
    job(project, alice)
    assert Job.objects.visible_to(vera).count() == 1
    assert Job.objects.visible_to(charlie).count() == 0
