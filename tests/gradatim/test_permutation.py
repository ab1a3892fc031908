import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradatim import permutation
from gradatim.errors import UserError
from gradatim.seeds import Seed


def order_of(n):
    return np.random.default_rng(1).permutation(n).astype(np.uint32)


@pytest.mark.parametrize(
    "wrong",
    [
        np.array([0, 1, 1], np.uint32),
        np.array([0, 1, 3], np.uint32),
        np.array([0, 1], np.uint32),
        np.array([0, 1, 2], np.int64),
    ],
)
def test_what_is_not_a_permutation_is_refused(wrong):
    with pytest.raises(ValueError):
        permutation.check(wrong, 3)


def test_a_permutation_is_passed_on():
    order = order_of(100)
    assert permutation.check(order, 100) is order
    assert len(permutation.check(np.empty(0, np.uint32), 0)) == 0


@settings(deadline=None)
@given(st.integers(0, 80), st.integers(0, 100), st.integers(0, 2**40))
def test_jitter_stays_inside_its_windows_and_equals_one_generator_over_all(n, window, seed):
    order = order_of(n)
    jittered = permutation.jitter(order, window, Seed(seed))
    expected = order.copy()
    generator = np.random.default_rng(seed)
    if window > 1:
        for start in range(0, n, window):
            generator.shuffle(expected[start : start + window])
            assert set(jittered[start : start + window]) == set(order[start : start + window])
    assert jittered.dtype == np.uint32
    assert jittered.tolist() == expected.tolist()


def test_jitter_leaves_its_argument_alone():
    order = order_of(40)
    before = order.copy()
    permutation.jitter(order, 7, Seed(0))
    assert np.array_equal(order, before)


@settings(deadline=None)
@given(st.integers(0, 80), st.integers(2, 100), st.integers(0, 2**40))
def test_overlapping_jitter_moves_every_sample_by_less_than_its_window(n, window, seed):
    order = order_of(n)
    moved = permutation.jitter(order, window, Seed(seed), "overlapping")
    assert permutation.check(moved, n) is moved
    place = np.argsort(order)
    assert (np.abs(place[moved] - np.arange(n)) < window).all()
    assert np.array_equal(moved, permutation.jitter(order, window, Seed(seed), "overlapping"))


def test_overlapping_jitter_makes_no_staircase_where_disjoint_windows_do():
    """Means of half a window's width climb evenly; between disjoint windows they climb by whole windows, and inside not."""
    n, window = 64_000, 2_000
    climbs = {}
    for kind in ("disjoint", "overlapping"):
        order = permutation.jitter(np.arange(n, dtype=np.uint32), window, Seed(4), kind)
        climbs[kind] = np.diff(order.reshape(-1, window // 2).mean(axis=1))[2:-2] / (window / 2)
    assert climbs["disjoint"].min() < 0.15 and climbs["disjoint"].max() > 1.85
    assert (np.abs(climbs["overlapping"] - 1) < 0.15).all()


def test_gumbel_jitter_is_rank_noise_of_the_windows_size():
    order = order_of(500)
    expected = permutation.gumbel(order, 20 / 500, Seed(9))
    assert np.array_equal(permutation.jitter(order, 20, Seed(9), "gumbel"), expected)


@pytest.mark.parametrize("kind", ["disjoint", "overlapping", "gumbel"])
def test_every_jitter_is_off_up_to_a_window_of_one(kind):
    order = order_of(10)
    assert permutation.jitter(order, 1, Seed(0), kind) is order
    assert permutation.jitter(order, 0, Seed(0), kind) is order


def test_a_jitter_that_does_not_exist_is_refused_at_its_field():
    with pytest.raises(UserError) as refused:
        permutation.jitter(order_of(10), 4, Seed(0), "wild")
    assert refused.value.field == "jitter"


def test_a_pass_that_repeats_holds_known_positions_alone():
    kept = np.array([2, 2, 0], np.uint32)
    assert permutation.check_pass(kept, 3) is kept
    for wrong in (np.array([3], np.uint32), np.empty(0, np.uint32), np.array([0]), np.zeros((1, 1), np.uint32)):
        with pytest.raises(ValueError):
            permutation.check_pass(wrong, 3)
    assert len(permutation.check_pass(np.empty(0, np.uint32), 0)) == 0


def test_gumbel_noise_is_a_share_of_the_samples():
    moved = [np.abs(permutation.gumbel(np.arange(n), 0.01, Seed(3)) - np.arange(n)).mean() / n for n in (1000, 100_000)]
    assert moved[0] == pytest.approx(moved[1], rel=0.2)
    assert 0.005 < moved[0] < 0.02
