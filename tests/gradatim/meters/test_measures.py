"""The reference table, what no meter may depend on, and what each of them says."""

import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docs.meters_table import BATCH, COLUMNS, REFERENCES, SAMPLES, measured, values
from gradatim.errors import UserError
from gradatim.meters import GUIDELINES, batches, measure

COUNTS = [COLUMNS.index("legs"), COLUMNS.index("jumps")]
#: Steps of these orders are near a tenth of the range, where jitter decides what counts as a jump.
NEAR = {"STR + JIT 4096": 1, "SAW + JIT 4096": 1, "ZIG 5 + JIT 2048": 1}


def of(scores, size: int = BATCH, domains=None):
    return measure(np.asarray(scores), batches.of_samples(len(scores), size), domains)


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda reference: reference.name)
def test_known_orders_have_their_reference_values(reference):
    found = values(measured(reference))
    assert found == pytest.approx(reference.values, abs=0.02)
    assert [found[k] for k in COUNTS] == [reference.values[k] for k in COUNTS]


@pytest.mark.parametrize("seed", [0, 2, 3])
@pytest.mark.parametrize(
    "reference", [r for r in REFERENCES if r.window or r.method == "shuffle"], ids=lambda reference: reference.name
)
def test_orders_with_chance_in_them_have_them_under_other_seeds_too(reference, seed):
    found = values(measured(reference, seed))
    assert [v for k, v in enumerate(found) if k not in COUNTS] == pytest.approx(
        [v for k, v in enumerate(reference.values) if k not in COUNTS], abs=0.03
    )
    assert found[COUNTS[0]] == reference.values[COUNTS[0]]
    assert abs(found[COUNTS[1]] - reference.values[COUNTS[1]]) <= NEAR.get(reference.name, 0)


@pytest.mark.parametrize("size", [64, 9, 2, 1])
def test_a_random_order_has_no_jumps(size):
    jumps = [of(np.random.default_rng(seed).random(5_000), size).continuity.jumps for seed in range(100)]
    assert sum(found > 0 for found in jumps) <= 1


def test_a_random_order_of_tied_scores_has_none_either_and_is_as_diverse_as_random():
    found = of(np.random.default_rng(0).integers(0, 2, 20_000))
    assert found.continuity.jumps == found.cycles.legs == 0
    assert found.diversity.spread == pytest.approx(1, abs=0.02)
    assert found.cycles.coverage == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("size", [2, 3, 5, 16, 64])
def test_the_spread_of_a_random_order_is_one_at_every_batch_size(size):
    found = of(np.random.default_rng(1).random(40_000), size)
    assert found.diversity.spread == pytest.approx(1, abs=0.02)


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=300), st.integers(1, 40))
def test_meters_do_not_depend_on_the_scale_of_the_scores(scores, size):
    scores = np.array(scores, np.float64)
    stretched = np.exp(scores / 200) * 3 - 7
    assert of(stretched, size) == of(scores, size)


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=300), st.integers(1, 40))
def test_reversing_exchanges_start_and_end_and_turns_the_trend(scores, size):
    scores = np.array(scores, np.float32)
    there, back = of(scores, size).boundary, of(scores[::-1], size).boundary
    assert (back.start, back.end) == pytest.approx((there.end, there.start))
    assert back.trend == pytest.approx(-there.trend, abs=1e-9)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=400), st.integers(1, 50))
def test_every_value_stays_within_its_bounds(scores, size):
    found = of(scores, size)
    assert -1 <= found.boundary.start <= 1 and -1 <= found.boundary.end <= 1 and -1 <= found.boundary.trend <= 1
    assert found.cycles.review >= 0 and found.cycles.climb >= 0 and 0 <= found.cycles.absence <= 1
    assert -1e-9 <= found.cycles.coverage <= 1 + 1e-9
    assert 0 <= found.continuity.continuity <= 1
    assert found.looks <= found.batches and found.samples == len(scores)


def test_equal_scores_have_nothing_to_say():
    found = of(np.ones(1000))
    assert (found.boundary.start, found.boundary.end, found.boundary.trend) == (0, 0, 0)
    assert (found.cycles.legs, found.continuity.jumps, found.diversity.spread) == (0, 0, 1.0)


def test_infinite_scores_rank_first_and_last():
    finite = np.arange(640, dtype=np.float32)
    endless = finite.copy()
    endless[[0, -1]] = -np.inf, np.inf
    assert of(endless) == of(finite)


def test_domains_are_mixed_within_batches_or_not():
    scores = np.random.default_rng(0).random(6400)
    assert of(scores, 64, np.arange(6400) % 4).diversity.domains == pytest.approx(1)
    assert of(scores, 64, np.arange(6400) // 64 % 4).diversity.domains == 0
    assert of(scores, 64, np.zeros(6400, int)).diversity.domains is None
    assert of(scores, 1, np.arange(6400) % 4).diversity.domains is None
    many = np.random.default_rng(0).integers(0, 2000, 6400)  # more cells than samples
    assert of(scores, 2, many).diversity.domains == pytest.approx(np.log(2) / np.log(len(np.unique(many))), rel=0.01)


def test_readings_say_where_low_and_high_scores_are():
    reading = {name: getattr(of(np.arange(SAMPLES)), name).reading for name in GUIDELINES}
    assert (
        reading["boundary"]
        == "Begins with the lowest scores (\N{MINUS SIGN}1.00) and ends with the highest ones (+1.00)."
    )
    assert reading["cycles"].startswith("One rise through 0.99 of the score range, never back.")
    assert reading["continuity"] == "No jump between neighbouring batches beyond chance."
    assert reading["diversity"] == "Within a batch scores differ less than 1 % as much as in a random order."
    folded = of(np.concatenate([np.arange(k, SAMPLES, 5) for k in range(5)]))
    assert folded.continuity.reading.startswith("4 jumps between neighbouring batches; the largest is 99 % ")
    assert folded.cycles.reading.startswith("9 legs: 4.79 score ranges up, 3.82 down.")


def test_plain_values_hold_each_guideline_with_its_reading():
    found = of(np.arange(1000), 10).as_dict()
    assert set(found) == {"samples", "batches", "looks", *GUIDELINES}
    assert found["batches"] == 100 and found["looks"] == 25
    assert all(found[name]["reading"].endswith(".") for name in GUIDELINES)


@pytest.mark.parametrize(
    ("scores", "stops", "domains", "field"),
    [
        ([], [], None, "scores"),
        ([1.0, 2.0], [3], None, "batch"),
        ([1.0, 2.0], [1, 1], None, "batch"),
        ([1.0, float("nan")], [2], None, "scores"),
        ([1.0, 2.0], [2], [1], "domains"),
    ],
)
def test_what_cannot_be_measured_is_refused(scores, stops, domains, field):
    with pytest.raises(UserError) as refused:
        measure(np.array(scores), np.array(stops), domains)
    assert refused.value.field == field


def test_samples_that_are_not_trained_on_do_not_count():
    scores = np.random.default_rng(0).random(1000)
    stops = batches.of_samples(640, 64)
    assert measure(scores, stops) == measure(scores[:640], stops)


def test_two_million_samples_take_well_under_a_second():
    scores = np.random.default_rng(0).normal(size=2_000_000).astype(np.float32)
    stops = batches.of_samples(len(scores), 64)
    taken = []
    for _ in range(3):
        started = time.process_time()
        measure(scores, stops)
        taken.append(time.process_time() - started)
    assert min(taken) < 1


def test_meters_load_neither_scipy_nor_pandas():
    code = "import sys, gradatim.meters; print({'scipy', 'pandas', 'pyarrow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
