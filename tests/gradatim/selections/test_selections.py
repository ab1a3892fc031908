import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradatim import params as parameters
from gradatim import registry
from gradatim.errors import UserError
from gradatim.types import SelectContext

WORKED = [3, 1, 2, 2, 5]
columns = st.lists(st.sampled_from([-math.inf, -1.0, -0.0, 0.0, 1.0, 2.0, 2.5, math.inf]), max_size=40)


def select(name, scores, dtype=np.float32, **values):
    module = registry.load("selections", name)
    scores = np.array(scores, dtype=dtype)
    return module.select(SelectContext(len(scores), scores), parameters.parse(module.Params, values))


def kept(name, scores, **values):
    selection = select(name, scores, **values)
    assert selection.kept.dtype == np.uint32
    assert np.all(np.diff(selection.kept.astype(np.int64)) > 0)
    assert sum(selection.reasons.values()) == len(scores) - len(selection.kept)
    return selection.kept.tolist()


def test_the_worked_examples_come_out_in_input_order():
    assert kept("top_k", WORKED, k=2) == [0, 4]
    assert kept("top_k", WORKED, k=3) == [0, 3, 4]
    assert kept("threshold", WORKED, above=2) == [0, 4]


def test_a_count_of_zero_keeps_nothing():
    assert kept("top_k", WORKED, k=0) == []
    assert kept("top_r", WORKED, ratio=0.1) == []
    assert select("top_k", WORKED, k=0).cut is None


def test_a_count_beyond_the_samples_keeps_all():
    assert kept("top_k", WORKED, k=99) == [0, 1, 2, 3, 4]
    assert kept("top_r", WORKED, ratio=1) == [0, 1, 2, 3, 4]
    assert kept("top_k", [], k=3) == []


def test_the_floor_of_a_share_is_exact():
    scores = np.arange(100)
    assert len(kept("top_r", scores, ratio=0.29)) == 29
    for hundredths in range(101):
        assert len(kept("top_r", scores, ratio=hundredths / 100)) == hundredths
    assert len(kept("top_r", np.arange(10**5), ratio=1e-05)) == 1


def test_ties_at_the_cut_keep_later_samples_for_highest_and_earlier_ones_for_lowest():
    scores = [1, 1, 1, 1]
    assert kept("top_k", scores, k=2) == [2, 3]
    assert kept("top_k", scores, k=2, keep="lowest") == [0, 1]


@settings(deadline=None)
@given(columns, st.integers(0, 45))
def test_top_k_is_the_end_of_a_stable_sort_and_lowest_is_its_complement(scores, k):
    ascending = sorted(range(len(scores)), key=lambda i: scores[i])
    highest = kept("top_k", scores, k=k)
    assert highest == sorted(ascending[max(0, len(scores) - k) :])
    if k <= len(scores):
        lowest = kept("top_k", scores, k=len(scores) - k, keep="lowest")
        assert sorted(highest + lowest) == list(range(len(scores)))


@settings(deadline=None)
@given(columns, st.sampled_from([-2.0, -1.0, 0.0, 1.5, 2.5, 1e300, -1e300]))
def test_a_threshold_is_strict_in_both_directions(scores, value):
    assert kept("threshold", scores, above=value) == [i for i, s in enumerate(scores) if s > value]
    assert kept("threshold", scores, above=value, keep="lowest") == [i for i, s in enumerate(scores) if s < value]


def test_a_threshold_is_compared_in_the_precision_of_the_scores():
    assert kept("threshold", [0.1, 0.2], above=0.1) == [1]


def test_large_whole_numbers_are_not_rounded():
    scores = [2**53, 2**53 + 1, 2**53 - 1]
    assert select("threshold", scores, np.int64, above=float(2**53)).kept.tolist() == [1]
    assert select("threshold", scores, np.int64, above=float(2**53), keep="lowest").kept.tolist() == [2]
    assert select("threshold", [0, 1, 2], np.uint8, above=-0.5).kept.tolist() == [0, 1, 2]


def test_the_cut_is_the_last_kept_score():
    assert select("top_k", WORKED, k=2).cut == 3
    assert select("top_k", WORKED, k=2, keep="lowest").cut == 2
    assert select("threshold", WORKED, above=1).cut == 2
    assert select("threshold", WORKED, above=9).cut is None


def test_reasons_tell_a_tie_from_a_lower_score():
    assert select("top_k", WORKED, k=3).reasons == {"score below the cut": 1, "tied at the cut": 1}
    assert select("top_k", WORKED, k=1, keep="lowest").reasons == {"score above the cut": 4}


EXAMPLES = [("top_k", {"k": 1}), ("top_r", {"ratio": 0.5}), ("threshold", {"above": 0})]


@pytest.mark.parametrize(("name", "values"), EXAMPLES)
def test_nan_is_refused_with_its_count(name, values):
    with pytest.raises(UserError, match="1 of 2 scores is NaN"):
        select(name, [1, math.nan], **values)


@pytest.mark.parametrize(
    ("name", "values", "field"),
    [
        ("top_k", {}, "k"),
        ("top_k", {"k": -1}, "k"),
        ("top_k", {"k": 1.5}, "k"),
        ("top_r", {"ratio": 1.1}, "ratio"),
        ("top_r", {"ratio": math.nan}, "ratio"),
        ("threshold", {"above": math.inf}, "above"),
        ("top_k", {"k": 1, "keep": "best"}, "keep"),
        ("top_k", {"k": 1, "descending": True}, "descending"),
    ],
)
def test_bad_parameters_are_refused_with_their_field(name, values, field):
    with pytest.raises(UserError) as caught:
        select(name, WORKED, **values)
    assert caught.value.field == field


def test_a_random_share_is_the_same_each_time_and_another_by_another_draw():
    first, again, other = (kept("random_share", np.zeros(1000), ratio=0.29, draw=draw) for draw in (0, 0, 1))
    assert len(first) == 290
    assert first == again
    assert first != other
    assert kept("random_share", WORKED, ratio=1) == [0, 1, 2, 3, 4]
    assert kept("random_share", WORKED, ratio=0) == []
    without = registry.load("selections", "random_share")
    assert len(without.select(SelectContext(10), parameters.parse(without.Params, {"ratio": 0.5})).kept) == 5
