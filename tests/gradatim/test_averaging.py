import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradatim import averaging, specs
from gradatim.errors import UserError
from gradatim.specs import Averaging


def test_the_last_weights_are_taken_counted_back_from_the_end():
    assert list(averaging.taken(Averaging(method="ema", every=5, last=3), 24)) == [14, 19, 24]
    assert list(averaging.taken(Averaging(method="sma", every=5, last=None), 24)) == [4, 9, 14, 19, 24]
    assert list(averaging.taken(Averaging(method="ema", every=1, last=None), 3)) == [1, 2, 3]
    assert list(averaging.taken(Averaging(method="ema", every=100, last=6), 24)) == [24]
    assert list(averaging.taken(Averaging(), 24)) == []


@given(st.integers(1, 500), st.integers(1, 60), st.integers(1, 20) | st.none())
def test_no_more_are_taken_than_asked_for_and_the_last_step_always_is(steps, every, last):
    due = list(averaging.taken(Averaging(method="sma", every=every, last=last), steps))
    assert due[-1] == steps and due[0] >= 1
    assert len(due) == (min(last, len(due)) if last else (steps - 1) // every + 1)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=12))
def test_the_running_averages_are_the_mean_and_the_published_recursion(values):
    mean, ema = averaged("sma", values), averaged("ema", values)
    assert mean == pytest.approx(sum(values) / len(values), abs=1e-9)
    expected = values[0]
    for value in values[1:]:
        expected = 0.2 * value + 0.8 * expected
    assert ema == pytest.approx(expected, abs=1e-9)


def averaged(method, values):
    average = 0.0
    for number, value in enumerate(values, 1):
        average += averaging.weight(Averaging(method=method), number) * (value - average)
    return average


def test_what_was_published_is_six_checkpoints_in_the_last_tenth_to_seventh_of_the_steps():
    spec = averaging.published(1000)
    assert (spec.method, spec.decay, spec.last) == ("ema", 0.8, 6)
    due = averaging.taken(spec, 1000)
    assert 0.10 <= (1000 - due[0]) / 1000 <= 0.15
    assert averaging.published(3).every == 1
    assert averaging.in_words(spec) == "EMA 0.8 of the last 6 weights, every 25 steps"
    assert averaging.in_words(Averaging(method="sma", every=1, last=None)) == "Mean of all weights, every step"


def test_averaged_weights_are_those_of_a_checkpoint():
    with pytest.raises(UserError, match="only a checkpoint has averaged weights"):
        specs.parse(specs.Model, {"preset": "llama-1m", "weights": "averaged"})
    assert "weights" not in specs.freeze(specs.parse(specs.Model, {"checkpoint": "a" * 64}))
