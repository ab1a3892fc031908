import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradatim import permutation
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


def test_gumbel_noise_is_a_share_of_the_samples():
    moved = [np.abs(permutation.gumbel(np.arange(n), 0.01, Seed(3)) - np.arange(n)).mean() / n for n in (1000, 100_000)]
    assert moved[0] == pytest.approx(moved[1], rel=0.2)
    assert 0.005 < moved[0] < 0.02
