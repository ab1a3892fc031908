"""Long series of runs that are over are read from what was chosen of them, for as long as that is true."""

import numpy as np
import pytest
from django.db import OperationalError

from apps.metrics import overviews, selectors, services
from apps.metrics.models import Overview
from tests.apps.metrics.conftest import make_run

pytestmark = pytest.mark.django_db
NAME = "train/loss"


def measured(run, steps) -> None:
    steps = np.asarray(steps)
    values = np.random.default_rng(len(steps)).normal(size=len(steps))
    services.append(run=run, batch={NAME: (steps, steps**2, steps / 8, values)})


def read(run, **asked) -> selectors.Read:
    return selectors.read([run.pk], [NAME], **{"settled": [run.pk], **asked})[run.pk, NAME]


def alike(one: selectors.Read, other: selectors.Read) -> bool:
    columns = ("steps", "tokens", "times", "values")
    same = [np.array_equal(getattr(one.points, name), getattr(other.points, name)) for name in columns]
    return one.total == other.total and all(same)


@pytest.fixture
def long(run):
    measured(run, range(5000))
    return run


def test_the_second_reading_gives_the_same_without_reading_a_chunk(long, django_assert_num_queries):
    first = read(long)
    with django_assert_num_queries(2) as asked:
        assert alike(read(long), first)
    assert not any("metrics_chunk" in query["sql"] for query in asked)
    assert alike(first, read(long, settled=[]))
    assert first.total == 5000


def test_both_axes_have_their_own(long):
    for x in ("tokens", "steps"):
        assert alike(read(long, x=x), read(long, x=x, settled=[]))
        assert alike(read(long, x=x), read(long, x=x, settled=[]))
    assert set(Overview.objects.values_list("x", flat=True)) == {"tokens", "steps"}


def test_points_that_come_later_are_seen(long):
    read(long)
    measured(long, range(5000, 6000))
    assert read(long).total == 6000
    assert alike(read(long), read(long, settled=[]))
    assert Overview.objects.count() == 1


def test_points_that_are_taken_back_and_measured_again_are_seen(long):
    read(long)
    services.cut_after(run=long, step=3999)
    services.append(run=long, batch={NAME: (range(4000, 5000), range(16_000_000, 16_001_000), [0] * 1000, [9] * 1000)})
    again = read(long)
    assert again.total == 5000 and again.points.values.max() == 9
    assert alike(again, read(long, settled=[]))


def test_what_is_written_while_it_is_read_is_seen_by_the_next_reading(long, monkeypatch):
    kept = overviews.kept

    def kept_and_then_written(*asked):
        found = kept(*asked)
        measured(long, range(5000, 5100))
        return found

    monkeypatch.setattr(overviews, "kept", kept_and_then_written)
    assert read(long).total == 5100
    monkeypatch.undo()
    measured(long, range(5100, 5200))
    assert read(long).total == 5200


@pytest.mark.parametrize("asked", [{"settled": []}, {"start": 10}, {"max_points": 100}, {"max_points": None}], ids=str)
def test_nothing_is_kept_of_runs_that_go_on_nor_of_parts_or_other_lengths(long, asked):
    read(long, **asked)
    assert not Overview.objects.exists()


def test_a_short_series_is_read_as_it_is(run, project, alice):
    other = make_run(project, alice, "other")
    measured(run, range(overviews.LEAST))
    measured(other, range(overviews.LEAST + 1))
    found = selectors.read([run.pk, other.pk], [NAME], settled=[run.pk, other.pk])
    assert [found[one.pk, NAME].total for one in (run, other)] == [overviews.LEAST, overviews.LEAST + 1]
    assert [one.series.run_id for one in Overview.objects.all()] == [other.pk]


def test_a_disk_that_is_full_hides_no_chart(long, monkeypatch, caplog):
    def full(*_, **__):
        raise OperationalError("could not extend file: No space left on device")

    monkeypatch.setattr(Overview.objects, "bulk_create", full)
    assert read(long).total == 5000
    assert "could not be kept" in caplog.text
