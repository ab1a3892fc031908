import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gradatim import ranking
from gradatim.errors import UserError

TYPES = ["f2", "f4", "f8", ">f4", ">f8", "i1", "i2", "i4", "i8", ">i4", "u1", "u2", "u4", "u8", "?"]


@pytest.mark.parametrize("dtype", TYPES)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much]
)  # of half floats, for NaN
@given(data=st.data(), descending=st.booleans())
def test_the_order_is_an_exact_stable_sort_for_every_type_of_score(dtype, data, descending):
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        elements = hnp.from_dtype(dtype, allow_nan=False)
    else:
        elements = hnp.from_dtype(dtype)
    scores = data.draw(hnp.arrays(dtype, st.integers(0, 40), elements=elements, fill=st.nothing()))
    python = scores.tolist()
    expected = sorted(range(len(python)), key=lambda i: -python[i] if descending else python[i])
    order = ranking.stable_order(ranking.checked(scores, len(scores)), descending)
    assert order.dtype == np.uint32
    assert order.tolist() == expected


def test_negative_zero_is_zero():
    scores = np.array([0.0, -0.0, 0.0, -1.0, -0.0], np.float32)
    assert ranking.stable_order(scores).tolist() == [3, 0, 1, 2, 4]
    assert ranking.stable_order(scores, descending=True).tolist() == [0, 1, 2, 4, 3]


def test_doubles_are_not_narrowed():
    scores = np.array([1 + 2e-16 * k for k in (3, 1, 2, 0)])
    assert len(np.unique(scores.astype(np.float32))) == 1
    assert ranking.stable_order(scores).tolist() == np.argsort(scores, kind="stable").tolist() != [0, 1, 2, 3]


@pytest.mark.parametrize("dtype", ["f4", "f8", "i8"])
@pytest.mark.parametrize("n", [ranking.PART - 1, ranking.PART, ranking.PART + 1, 3 * ranking.PART + 1])
def test_a_column_of_several_parts_equals_argsort(n, dtype):
    scores = (np.random.default_rng(0).normal(size=n) * 1000).astype(dtype).round()
    assert np.array_equal(ranking.stable_order(scores), np.argsort(scores, kind="stable"))
    assert np.array_equal(ranking.stable_order(scores, True), np.argsort(-scores, kind="stable"))


def test_scores_stay_as_they_are_and_the_order_owns_no_more_than_it_holds():
    scores = np.random.default_rng(0).normal(size=ranking.PART + 1).astype(np.float32)
    before = scores.copy()
    order = ranking.stable_order(scores)
    assert np.array_equal(scores, before)
    assert order.flags.writeable and order.base.nbytes < order.nbytes + 8


@pytest.mark.parametrize(
    ("scores", "n", "sentence"),
    [
        (None, 3, "choose a score set"),
        (np.zeros((3, 1)), 3, "2 dimensions"),
        (np.zeros(4), 3, "4 scores for 3 samples"),
        (np.array(["a", "b", "c"]), 3, "real numbers"),
        (np.zeros(3, complex), 3, "real numbers"),
        (np.array([1, None, 2]), 3, "real numbers"),
        (np.array([math.nan, 1, 2]), 3, "1 of 3 scores is NaN"),
        (np.array([math.nan, 1, math.nan], ">f4"), 3, "2 of 3 scores are NaN"),
    ],
)
def test_what_cannot_be_ranked_is_refused_with_a_reason(scores, n, sentence):
    with pytest.raises(UserError, match=sentence):
        ranking.checked(scores, n)
