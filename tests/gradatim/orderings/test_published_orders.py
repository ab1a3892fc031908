"""Worked examples computed with the published code: equal input and seed give equal orders."""

import numpy as np
import pytest

from gradatim import permutation, registry
from gradatim.orderings._transitions import split_points
from gradatim.seeds import Seed
from gradatim.types import OrderContext


def order(method, scores, seed=42, **params):
    module = registry.load("orderings", method)
    scores = np.asarray(scores, dtype=np.float32)
    orders = module.order(OrderContext(len(scores), scores), module.Params(**params), Seed(seed))
    return orders[0].tolist()


def positions(text):
    return [int(part) for part in text.split()]


@pytest.mark.parametrize(
    ("method", "n", "params", "expected"),
    [
        ("folding", 12, {"layers": 3}, "0 3 6 9 1 4 7 10 2 5 8 11"),
        ("folding", 12, {"layers": 5}, "0 5 10 1 6 11 2 7 3 8 4 9"),
        ("folding", 12, {}, "0 5 10 1 6 11 2 7 3 8 4 9"),
        ("folding", 12, {"layers": 20}, "0 1 2 3 4 5 6 7 8 9 10 11"),
        ("zigzag", 12, {"layers": 3}, "0 3 6 9 10 7 4 1 2 5 8 11"),
        ("zigzag", 12, {"layers": 4}, "0 4 8 9 5 1 2 6 10 11 7 3"),
        ("stair", 12, {"sections": 2, "transition_ratio": 0.25, "layers": 3}, "0 1 2 3 6 4 7 5 8 9 10 11"),
        ("saw", 12, {"sections": 2, "transition_ratio": 0.25, "layers": 2}, "0 1 2 3 5 7 8 6 4 9 10 11"),
        ("saw", 12, {"sections": 2, "transition_ratio": 0.25, "layers": 3}, "0 1 2 3 6 7 4 5 8 9 10 11"),
        # radius 4: the second transition is cut short where the first ended
        ("stair", 12, {"sections": 3, "transition_ratio": 0.3, "layers": 2}, "0 2 4 6 1 3 5 7 8 10 9 11"),
        ("stair", 10, {"sections": 4, "transition_ratio": 0.1, "layers": 2}, "0 1 2 3 4 5 6 7 8 9"),
        # the radius rounds to nothing
        ("stair", 4, {"sections": 2, "transition_ratio": 0.1, "layers": 3}, "0 1 2 3"),
        ("stair", 0, {}, ""),
        # split points 0 1 1 2
        ("stair", 2, {"sections": 5, "transition_ratio": 0.5, "layers": 2}, "0 1"),
        ("segment", 10, {"front_percent": 20, "back_percent": 30}, "1 0 3 5 6 4 2 8 9 7"),
        ("segment", 10, {"front_percent": 20, "back_percent": 30, "front_high": True}, "6 8 3 0 2 4 1 9 7 5"),
        # a temperature of one rank
        ("sorting", 10, {"gumbel_temperature": 0.1}, "0 2 1 3 5 6 4 7 9 8"),
        ("sorting", 10, {"gumbel_temperature": 0.0}, "0 1 2 3 4 5 6 7 8 9"),
    ],
)
def test_an_order_equals_the_published_one(method, n, params, expected):
    assert order(method, range(n), **params) == positions(expected)


def test_ties_keep_their_input_order_in_both_directions():
    assert order("sorting", [1, 2, 2, 1, 3]) == [0, 3, 1, 2, 4]
    assert order("sorting", [1, 2, 2, 1, 3], descending=True) == [4, 1, 2, 0, 3]


def test_split_points_round_halves_to_even():
    assert split_points(10, 4) == [2, 5, 8]
    assert split_points(2, 5) == [0, 1, 2]


def test_more_sections_than_samples_split_everywhere():
    assert split_points(5, 10**12) == sorted({round(5 * k / 400) for k in range(1, 400)})


def test_jitter_equals_the_published_one():
    assert permutation.jitter(np.arange(12, dtype=np.uint32), 4, Seed(42)).tolist() == positions(
        "3 2 1 0 7 6 4 5 8 11 10 9"
    )
    assert permutation.jitter(np.arange(10, dtype=np.uint32), 4, Seed(42)).tolist() == positions("3 2 1 0 7 6 4 5 8 9")


def test_the_shipped_saw_leaves_a_transition_at_its_low_end():
    walk = order("saw", range(1000))
    jumps = [(a, b) for a, b in zip(walk, walk[1:], strict=False) if b - a > 100]
    assert jumps == [(259, 408), (593, 742)]


def test_an_odd_saw_has_no_jump():
    walk = np.array(order("saw", range(1000), layers=3))
    assert np.abs(np.diff(walk)).max() < 10


def test_the_shipped_stair_resets_twice_by_the_width_of_its_transition():
    walk = np.array(order("stair", range(1000)))
    falls = -np.diff(walk)
    assert np.sort(falls)[-2:].tolist() == pytest.approx([450, 450], abs=5)
    assert np.count_nonzero(falls > 10) == 2
