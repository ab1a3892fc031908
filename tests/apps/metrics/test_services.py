import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.metrics import codec, selectors, services
from apps.metrics.models import Chunk, Series

pytestmark = pytest.mark.django_db


def points(steps, factor=1.0):
    steps = np.asarray(steps)
    return steps, steps * 10, 100.0 + steps, steps * factor


def stored(run, name="train/loss"):
    return selectors.read([run.pk], [name], max_points=None)[run.pk, name].points


def shape(run):
    return list(Chunk.objects.filter(series__run=run).values_list("first_step", "last_step", "count"))


def test_small_batches_fold_into_one_tail(run):
    for start in range(0, 30, 10):
        assert services.append(run=run, batch={"train/loss": points(range(start, start + 10))}) == 10
    assert shape(run) == [(0, 29, 30)]
    assert stored(run).values.tolist() == [float(step) for step in range(30)]
    chunk = Chunk.objects.get()
    assert (chunk.minimum, chunk.maximum) == (0.0, 29.0)


def test_chunks_hold_1024_points_and_only_the_last_is_a_tail(run):
    services.append(run=run, batch={"train/loss": points(range(1000))})
    services.append(run=run, batch={"train/loss": points(range(1000, 3000))})
    assert shape(run) == [(0, 1023, 1024), (1024, 2047, 1024), (2048, 2999, 952)]


def test_a_batch_that_comes_twice_or_overlaps_adds_nothing_twice(run):
    batch = {"train/loss": points(range(1500)), "train/lr": points(range(1500))}
    assert services.append(run=run, batch=batch) == 3000
    before = shape(run)
    assert services.append(run=run, batch=batch) == 0
    assert shape(run) == before
    assert services.append(run=run, batch={"train/loss": points(range(1400, 1600), factor=7)}) == 100
    kept = stored(run)
    assert kept.steps.tolist() == list(range(1600))
    assert kept.values[1499] == 1499.0
    assert kept.values[1500] == 1500.0 * 7


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(st.integers(0, 60), min_size=1, max_size=30), min_size=1, max_size=6))
def test_batches_in_any_order_give_each_step_once_with_its_first_value(run, monkeypatch, batches):
    monkeypatch.setattr(codec, "CHUNK", 8)
    Series.objects.all().delete()
    first = {}
    for number, steps in enumerate(batches):
        batch = (steps, steps, np.full(len(steps), float(number)), np.arange(len(steps)) + 1000.0 * number)
        for step, value in zip(steps, batch[3].tolist(), strict=True):
            first.setdefault(step, value)
        services.append(run=run, batch={"train/loss": batch})
    read = stored(run)
    assert dict(zip(read.steps.tolist(), read.values.tolist(), strict=True)) == first
    assert read.steps.tolist() == sorted(first)
    counts = [count for _, _, count in shape(run)]
    assert all(count == 8 for count in counts[:-1])
    assert 0 < counts[-1] <= 8


def test_numbers_that_are_none_are_kept_and_do_not_spoil_the_bounds(run):
    values = [np.nan, 2.0, np.inf, -1.0]
    services.append(run=run, batch={"train/loss": (range(4), range(4), np.zeros(4), values)})
    services.append(run=run, batch={"train/lr": ([0], [0], [0.0], [np.nan])})
    assert np.array_equal(stored(run).values, values, equal_nan=True)
    bounds = Chunk.objects.order_by("series__name").values_list("minimum", "maximum")
    assert list(bounds) == [(-1.0, 2.0), (None, None)]


def test_what_was_measured_after_a_checkpoint_is_cut_from_every_series(run):
    services.append(run=run, batch={"train/loss": points(range(3000)), "eval/x": points([0, 2500])})
    services.cut_after(run=run, step=1500)
    assert stored(run).steps.tolist() == list(range(1501))
    assert stored(run, "eval/x").steps.tolist() == [0]
    services.append(run=run, batch={"train/loss": points(range(1501, 1600))})
    assert stored(run).steps.tolist() == list(range(1600))
    services.cut_after(run=run, step=-1)
    assert not len(stored(run))


def test_an_empty_batch_leaves_nothing_behind(run):
    assert services.append(run=run, batch={}) == 0
    assert services.append(run=run, batch={"train/loss": ((), (), (), ())}) == 0
    assert not Series.objects.exists()


def test_how_many_queries_a_batch_needs_does_not_depend_on_its_metrics(run, django_assert_num_queries):
    names = [f"eval/domain {n}/loss" for n in range(30)]
    services.append(run=run, batch={name: points(range(5)) for name in names})
    with django_assert_num_queries(6):  # savepoint, lock, tails, write, release
        services.append(run=run, batch={name: points(range(5, 10)) for name in names})


def test_a_name_that_is_too_long_is_refused(run):
    with pytest.raises(ValueError, match="200 characters"):
        services.append(run=run, batch={"x" * 201: points([1])})
