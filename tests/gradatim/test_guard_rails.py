"""When an order and a learning rate waste the best data, against the trends that are known for the orderings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradatim import guard_rails, order_presets, params, registry, specs
from gradatim.schedules import rate
from gradatim.seeds import Seed
from gradatim.types import OrderContext

N = 65_536


def ordered(method: str, **settings) -> np.ndarray:
    scores = np.random.default_rng(0).random(N).astype(np.float32)
    module = registry.load("orderings", method)
    (order,) = module.order(OrderContext(N, scores), params.parse(module.Params, settings), Seed(0))
    return scores[order]


@pytest.mark.parametrize(
    ("preset", "trend"), [("cl", 1.0), ("fo-5", 0.2), ("zig-5", 0.04), ("str-paper", 0.94), ("saw-paper", 0.99)]
)
def test_the_trends_of_the_published_orders_are_the_known_ones(preset, trend):
    chosen = order_presets.PRESETS[preset]
    found = guard_rails.trend(ordered(chosen.ordering, **chosen.params))
    assert found == pytest.approx(trend, abs=0.006)
    assert bool(guard_rails.finding(found, 0.0, "better")) == (trend > 0.5)


def test_a_random_order_has_no_trend_and_a_descending_one_the_opposite():
    assert abs(guard_rails.trend(ordered("shuffle"))) < 0.02
    assert guard_rails.trend(ordered("sorting", descending=True)) == pytest.approx(-1)
    assert guard_rails.trend(np.zeros(10, np.float32)) == 0
    assert guard_rails.trend(np.zeros(0, np.float32)) == 0


@given(
    st.sampled_from(["cosine", "constant", "wsd", "linear", "rex", "uba"]),
    st.floats(0, 1),
    st.sampled_from([0.0, 0.02, 0.5, 1.0]),
    st.sampled_from([0.0, 0.2, 1.0]),
)
def test_where_a_schedule_ends_is_where_training_ends(shape, floor, warmup, decay):
    schedule = specs.Schedule(shape=shape, peak=3e-3, floor=floor * 3e-3, warmup=warmup, decay=decay)
    recipe = recipe_of(schedule)
    end = rate(schedule, 1000, 1000, rows=16, size=2048) / 3e-3
    assert guard_rails.end_share(recipe, [1000 * 2048], 0) == pytest.approx(end)


def test_a_phase_that_another_goes_on_with_ends_in_the_middle_of_the_decay():
    recipe = recipe_of(specs.Schedule(shape="linear", warmup=0), specs.Schedule(start="continued"))
    ends = [guard_rails.end_share(recipe, [100 * 2048, 300 * 2048], phase) for phase in (0, 1)]
    assert ends == pytest.approx([0.75, 0])


def test_the_end_of_a_power_law_is_a_share_of_what_it_rose_to():
    schedule = specs.Schedule(shape="power", peak=1, warmup=0.01, decay=0)
    assert guard_rails.end_share(recipe_of(schedule), [1000 * 2048], 0) == pytest.approx(100**-0.51)


def recipe_of(*schedules: specs.Schedule) -> specs.Recipe:
    return specs.Recipe(model=specs.Model(preset="tiny"), schedules=list(schedules))


@pytest.mark.parametrize(
    ("trend", "end", "higher_means", "kind"),
    [
        (0.94, 0.0, "better", "best last"),
        (0.94, 0.1, "better", None),
        (0.5, 0.0, "better", None),
        (-0.94, 0.0, "worse", "best last"),
        (0.94, 0.0, "worse", "best first"),
        (-0.94, 1.0, "better", "best first"),
        (0.94, 0.0, "harder", "hardest last"),
        (-0.94, 0.0, "harder", None),
        (-0.94, 0.0, "easier", "hardest last"),
        (-0.94, 0.0, "neutral", "unknown last"),
        (0.94, 0.5, "neutral", None),
        (0.2, 0.0, "neutral", None),
    ],
)
def test_what_is_said_depends_on_what_a_high_score_means(trend, end, higher_means, kind):
    assert guard_rails.finding(trend, end, higher_means) == kind


@given(st.lists(st.integers(1, 9), min_size=1, max_size=8), st.integers(1, 100))
def test_a_stream_is_consumed_sample_by_sample_until_its_tokens_are_given(lengths, tokens):
    found = guard_rails.consumed(np.arange(len(lengths)), np.array(lengths), tokens)
    by_hand, given_tokens = [], 0
    while given_tokens < tokens and len(by_hand) < guard_rails.PASSES * len(lengths):
        sample = len(by_hand) % len(lengths)
        by_hand.append(sample)
        given_tokens += lengths[sample]
    assert found.tolist() == by_hand


def test_an_ascending_order_that_is_repeated_loses_its_trend():
    order, lengths = np.arange(1000), np.ones(1000, int)
    trends = [guard_rails.trend(guard_rails.consumed(order, lengths, 1000 * passes)) for passes in (0.3, 1, 2, 4)]
    assert trends == pytest.approx([1, 1, 0.5, 0.25], abs=0.01)
