"""A zigzag with hysteresis."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradatim.meters.cycles import zigzag


@pytest.mark.parametrize(
    ("level", "legs"),
    [
        ([0, 1], [1]),
        ([1, 0], [-1]),
        ([0.5, 0.52, 0.49], []),
        ([0, 0.5, 0.48, 1], [1]),
        ([0, 1, 0.2, 0.8], [1, -0.8, 0.6]),
        ([0.5, 0.45, 1, 0], [0.55, -1]),
        ([0, 1, 0.91], [1]),
        ([0, 1, 0.89], [1, -0.11]),
        ([0.3], []),
    ],
)
def test_legs_run_from_extreme_to_extreme(level, legs):
    assert zigzag(np.array(level, float), 0.1) == pytest.approx(legs)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=60))
def test_legs_alternate_reach_the_threshold_and_turn_with_the_series(values):
    level = np.array(values, float)  # whole numbers: a distance is the threshold or it is not, however it is reckoned
    legs = zigzag(level, 10)
    assert all(a * b < 0 for a, b in zip(legs, legs[1:], strict=False))
    assert all(abs(leg) >= 10 for leg in legs)
    assert zigzag(100 - level, 10) == [-leg for leg in legs]
