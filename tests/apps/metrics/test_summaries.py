"""What a series keeps beside its name is what its chunks say, whatever was added and cut."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.metrics import selectors, services, summaries
from apps.metrics.models import Series
from tests.apps.runs.builders import run_of


@pytest.fixture
def run(project, alice):
    return run_of(project, alice, losses={}, train_points=0)


def kept(run):
    return selectors.summaries([run.pk], ["x"]).get((run.pk, "x"))


def put(run, steps, values):
    services.append(run=run, batch={"x": (steps, [step * 10 for step in steps], [float(s) for s in steps], values)})


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.lists(
                st.tuples(st.integers(0, 3000), st.sampled_from([1.5, -2.0, 7.25, float("nan"), float("inf")])),
                min_size=1,
                max_size=6,
            ),
            st.integers(0, 3000),
        ),
        max_size=6,
    )
)
def test_summaries_are_what_the_points_say(run, acts):
    Series.objects.filter(run=run).delete()
    known = {}
    for act in acts:
        if isinstance(act, int):
            services.cut_after(run=run, step=act)
            known = {step: value for step, value in known.items() if step <= act}
        else:
            fresh = {}
            for step, value in act:
                fresh.setdefault(step, value)
            known = fresh | known
            put(run, *map(list, zip(*fresh.items(), strict=True)))
    finite = [value for value in known.values() if np.isfinite(value)]
    last = known[max(known)] if known else None
    expected = [None if last is None or last != last else last, min(finite, default=None), max(finite, default=None)]
    assert (list(kept(run)) if kept(run) else [None] * 3) == expected


def test_made_anew_they_are_the_same(run):
    put(run, list(range(3000)), list(np.sin(np.arange(3000))))
    before = kept(run)
    Series.objects.filter(run=run).update(last=None, lowest=1.0, highest=None)
    summaries.anew(Series.objects.filter(run=run).values_list("pk", flat=True))
    assert kept(run) == before


@pytest.mark.parametrize(
    ("at", "expected"), [(-1, None), (0, 0.0), (5, 0.0), (10, 10.0), (10245, 10240.0), (29990, 29990.0), (30000, None)]
)
def test_a_value_at_a_place_is_the_last_until_then_where_the_series_goes_so_far(run, at, expected):
    put(run, list(range(0, 30000, 10)), [float(step) for step in range(0, 30000, 10)])
    assert selectors.values_at([run.pk], "x", at, "steps").get(run.pk) == expected
    assert selectors.values_at([run.pk], "x", at * 10, "tokens").get(run.pk) == expected
