import numpy as np
import pytest

from apps.metrics import selectors, services
from apps.metrics.codec import Columns
from tests.apps.metrics.conftest import make_run


def curve(values):
    steps = np.arange(len(values))
    return Columns.of(steps, steps * 100, steps, values)


@pytest.mark.parametrize("seed", range(5))
def test_a_thinned_series_keeps_first_last_smallest_and_largest_point(seed):
    values = np.random.default_rng(seed).normal(size=50_000)
    thinned = selectors.thin(curve(values), 1000)
    assert len(thinned) <= 1000
    assert {0, 49_999, values.argmin(), values.argmax()} <= set(thinned.steps.tolist())
    assert np.array_equal(thinned.values, values[thinned.steps])


def test_a_thinned_series_still_breaks_where_values_are_no_numbers():
    values = np.sin(np.arange(20_000) / 500)
    values[7000:7100] = np.nan
    values[9000] = np.inf
    thinned = selectors.thin(curve(values), 200)
    assert len(thinned) <= 200
    assert thinned.steps[~np.isfinite(thinned.values)].tolist() == [7000, 9000]


def test_a_series_without_any_number_is_thinned_too():
    assert len(selectors.thin(curve(np.full(5000, np.nan)), 100)) <= 100


def test_a_short_series_comes_whole():
    whole = curve(np.arange(50.0))
    assert selectors.thin(whole, 50) is whole


@pytest.mark.django_db
def test_reading_many_runs_takes_two_queries(project, alice, django_assert_num_queries):
    runs = [make_run(project, alice, f"run {n}") for n in range(4)]
    for run in runs:
        services.append(run=run, batch={"train/loss": (range(3), range(3), range(3), [3.0, 2.0, run.pk.int % 7])})
    with django_assert_num_queries(2):
        found = selectors.read([run.pk for run in runs], ["train/loss", "train/lr"])
    assert {key: read.points.values[-1] for key, read in found.items()} == {
        (run.pk, "train/loss"): run.pk.int % 7 for run in runs
    }


@pytest.mark.django_db
def test_a_range_bounds_tokens_or_steps_and_total_counts_what_is_in_it(run):
    steps = np.arange(5000)
    services.append(run=run, batch={"train/loss": (steps, steps * 100, steps, steps)})
    key = (run.pk, "train/loss")
    by_tokens = selectors.read([run.pk], ["train/loss"], start=100_000, stop=350_000, max_points=100)[key]
    # Of a rising line the extremes are the ends.
    assert (by_tokens.total, len(by_tokens.points)) == (2501, 98)
    assert (by_tokens.points.tokens[0], by_tokens.points.tokens[-1]) == (100_000, 350_000)
    by_steps = selectors.read([run.pk], ["train/loss"], x="steps", start=1024, stop=1030)[key]
    assert by_steps.points.steps.tolist() == list(range(1024, 1031))


@pytest.mark.django_db
def test_a_star_reads_all_names_below(run):
    batch = {f"weights/planned/{name}": ([0], [0], [0.0], [0.5]) for name in ("web", "code")}
    services.append(run=run, batch=batch | {"weights/planned_not": ([0], [0], [0.0], [0.5])})
    found = selectors.read([run.pk], ["weights/planned/*"])
    assert [name for _, name in found] == ["weights/planned/code", "weights/planned/web"]
    assert selectors.names([run.pk]) == ["weights/planned/code", "weights/planned/web", "weights/planned_not"]


@pytest.mark.django_db
def test_the_latest_point_is_that_of_the_highest_step(run):
    steps = np.arange(2000)
    services.append(run=run, batch={"train/loss": (steps, steps * 2, steps + 0.5, -steps)})
    assert selectors.latest(run, "train/loss") == (1999, 3998, 1999.5, -1999.0)
    assert selectors.latest(run, "train/lr") is None


@pytest.mark.django_db
def test_a_stranger_sees_no_series(run, vera, charlie):
    from apps.metrics.models import Series

    services.append(run=run, batch={"train/loss": ([0], [0], [0.0], [1.0])})
    assert Series.objects.visible_to(vera).count() == 1
    assert Series.objects.visible_to(charlie).count() == 0
