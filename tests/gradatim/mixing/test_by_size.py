"""Mixtures that follow the sizes of their streams, against worked numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradatim import params
from gradatim.mixing import cooldown, size_proportional, temperature, uniform, unimax
from gradatim.types import MixContext

SIZES = [1000, 100, 10]


def context_of(sizes, budget=1000):
    streams = tuple("abcde"[: len(sizes)])
    return MixContext(streams, dict(zip(streams, sizes, strict=True)), budget)


def shares(module, context, progress=0.0, **given):
    return list(module.weights(progress, context, params.parse(module.Params, given)).values())


@pytest.mark.parametrize(
    ("tau", "expected"),
    [
        (1, [0.900901, 0.090090, 0.009009]),
        (2, [0.706101, 0.223289, 0.070610]),
        (5, [0.492838, 0.310960, 0.196202]),
        (1e12, [1 / 3] * 3),
    ],
)
def test_a_temperature_flattens_the_shares(tau, expected):
    assert shares(temperature, context_of(SIZES), tau=tau) == pytest.approx(expected, abs=1e-6)


def test_the_ends_of_temperature_are_methods_of_their_own():
    context = context_of(SIZES)
    assert shares(size_proportional, context) == pytest.approx(shares(temperature, context, tau=1))
    assert shares(uniform, context) == [1 / 3] * 3


def test_a_temperature_near_zero_gives_all_to_the_largest_and_does_not_overflow():
    assert shares(temperature, context_of([10**15, 10**14]), tau=1e-3) == pytest.approx([1, 0])


@pytest.mark.parametrize(
    ("sizes", "budget", "passes", "units", "expected"),
    [
        (SIZES, 300, 1, [190, 100, 10], [0.633333, 0.333333, 0.033333]),
        (SIZES, 300, 4, [130, 130, 40], [0.433333, 0.433333, 0.133333]),
        (SIZES, 6000, 2, [2000, 200, 20], [0.900901, 0.090090, 0.009009]),
        ([100, 200, 300, 400, 500], 1000, 2, [200] * 5, [0.2] * 5),
    ],
)
def test_unimax_is_as_uniform_as_the_passes_allow(sizes, budget, passes, units, expected):
    context = context_of(sizes, budget)
    chosen = params.parse(unimax.Params, {"passes": passes})
    assert sorted(unimax.tokens(context, chosen).items()) == list(zip(context.streams, map(float, units), strict=True))
    assert shares(unimax, context, passes=passes) == pytest.approx(expected, abs=1e-6)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=5), st.integers(1, 10**7), st.floats(0.1, 8))
def test_unimax_exceeds_no_stream_s_passes_and_spends_what_it_can(sizes, budget, passes):
    context, chosen = context_of(sizes, budget), params.parse(unimax.Params, {"passes": passes})
    tokens = unimax.tokens(context, chosen)
    assert all(tokens[name] <= context.sizes[name] * passes + 1e-6 for name in tokens)
    assert sum(tokens.values()) == pytest.approx(min(budget, passes * sum(sizes)))
    uncapped = {tokens[name] for name in tokens if tokens[name] < context.sizes[name] * passes - 1e-6}
    assert not uncapped or max(uncapped) == pytest.approx(min(uncapped))


def test_what_unimax_cannot_place_within_the_passes_is_said():
    (told,) = unimax.remarks(context_of(SIZES, 6000), params.parse(unimax.Params, {"passes": 2}))
    assert told.sentence.startswith("The budget is 3,780 tokens beyond 2 passes")
    assert unimax.remarks(context_of(SIZES, 300), unimax.Params()) == []


def test_a_cooldown_lowers_its_temperature_once():
    context = context_of(SIZES)
    assert shares(cooldown, context, 0.0) == shares(cooldown, context, 0.499)
    assert shares(cooldown, context, 0.499) == pytest.approx([0.492838, 0.310960, 0.196202], abs=1e-6)
    assert shares(cooldown, context, 0.5) == pytest.approx([0.900901, 0.090090, 0.009009], abs=1e-6)
