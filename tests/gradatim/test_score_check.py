import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradatim import score_check


def check(values, dtype=np.float32):
    return score_check.check(np.asarray(values, dtype))


def test_scores_as_they_should_be_need_no_word():
    assert check([3, 1, 2]).sentences == []
    assert check([]).sentences == check([7]).sentences == []


def test_each_thing_that_is_wrong_has_a_sentence():
    assert "2 of 4 samples have no score (NaN)" in check([1, math.nan, math.nan, 2]).sentences[0]
    assert "1 of 3 samples has no score" in check([1, math.nan, 2]).sentences[0]
    assert check([1, math.inf, -math.inf, 2]).sentences == ["2 of 4 scores are infinite and come first or last."]
    assert check([math.inf, 2]).sentences == ["1 of 2 scores is infinite and comes first or last."]
    assert check([5, 5, 5]).sentences == ["All scores are equal: an order by them is the order of the dataset."]
    assert check([1, 1, 2, 2, 3]).sentences == [
        "80 % of the samples share their score with others: those keep the order of the dataset."
    ]
    assert check([1, 1, 2, 3, 4]).sentences == []


@pytest.mark.parametrize("dtype", [np.int32, np.uint8, np.float64, bool])
def test_scores_of_any_real_type_are_counted(dtype):
    assert check([0, 1, 1, 0], dtype).tied == 1


@given(st.lists(st.one_of(st.integers(-3, 3).map(float), st.just(math.nan), st.just(math.inf)), max_size=30))
def test_counts_are_those_of_a_plain_loop(values):
    found = check(values, np.float64)
    known = [value for value in values if not math.isnan(value)]
    assert found.samples == len(values)
    assert found.missing == len(values) - len(known)
    assert found.infinite == sum(math.isinf(value) for value in known)
    assert found.constant == (len(known) > 1 and len(set(known)) == 1)
    shared = sum(known.count(value) > 1 for value in known)
    assert found.tied == pytest.approx(shared / len(known) if known else 0)
