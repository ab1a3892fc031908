import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradatim import params as parameters
from gradatim.errors import UserError
from gradatim.mixing import static
from gradatim.types import MixContext


def weights(streams, given_weights, progress=0.5):
    params = parameters.parse(static.Params, {"weights": given_weights})
    return static.weights(progress, MixContext(tuple(streams)), params)


def test_weights_are_relative():
    assert weights(["code", "prose"], {"prose": 3, "code": 1}) == {"code": 0.25, "prose": 0.75}


def test_no_weights_are_equal_shares():
    assert weights(["a", "b", "c", "d"], {}) == dict.fromkeys("abcd", 0.25)


def test_a_stream_that_is_not_named_gets_nothing():
    assert weights(["a", "b"], {"b": 2}) == {"a": 0.0, "b": 1.0}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"c": 1}, "weights.c"), ({"a": -1}, "weights.a"), ({"a": 0}, "weights"), ({"a": math.inf}, "weights.a")],
)
def test_unknown_negative_or_empty_weights_are_refused(wrong, field):
    with pytest.raises(UserError) as caught:
        weights(["a", "b"], wrong)
    assert caught.value.field == field


@given(st.dictionaries(st.text(min_size=1), st.floats(0, 1e308), min_size=1), st.floats(0, 1))
def test_shares_sum_to_one_at_any_time(given_weights, progress):
    if not any(given_weights.values()):
        given_weights = {}
    shares = weights(list(given_weights) or ["only"], given_weights, progress)
    assert math.fsum(shares.values()) == pytest.approx(1, abs=1e-12)
    assert all(0 <= share <= 1 for share in shares.values())
