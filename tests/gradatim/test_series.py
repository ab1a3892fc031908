"""Thinning keeps what matters, bands cover their stretch, smoothing respects the spacing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradatim import series


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-9, 9)), min_size=1, max_size=300), st.integers(4, 50))
def test_a_thinned_series_is_short_and_keeps_its_ends_and_extremes(steps, points):
    x = np.cumsum([gap for gap, _ in steps]).astype(float)
    y = np.array([value for _, value in steps], float)
    kept = series.thin(x, y, points)
    assert len(kept) <= max(points, 0) or len(x) <= points
    assert (np.diff(kept) > 0).all()
    assert {0, len(x) - 1} <= set(kept.tolist())
    assert (y[kept].min(), y[kept].max()) == (y.min(), y.max())


def test_a_spike_survives_thinning_and_nan_does_not_hide_it():
    x = np.arange(100_000.0)
    y = np.sin(x / 1000)
    y[70_000], y[70_001:70_010] = 9.0, np.nan
    kept = series.thin(x, y, 1000)
    assert len(kept) <= 1000
    assert 70_000 in kept
    assert np.isfinite(y[kept]).all()


def test_bands_hold_every_value_of_their_stretch():
    values = np.random.default_rng(0).random(1003)
    found = series.bands(values, 10)
    assert found["start"][0] == 0 and found["stop"][-1] == 1003
    for start, stop, low, high, mean in zip(*found.values(), strict=True):
        part = values[start:stop]
        assert (low, high) == (part.min(), part.max())
        assert mean == pytest.approx(part.mean())
    assert len(series.bands(values[:3], 10)["low"]) == 3
    assert len(series.bands(values[:0], 10)["low"]) == 0


def test_percentiles_are_middles_of_ranks_and_ties_share_theirs():
    scores = np.array([5.0, 1.0, 1.0, 9.0], np.float32)
    assert series.percentiles(scores).tolist() == [62.5, 25.0, 25.0, 87.5]
    assert len(series.percentiles(scores[:0])) == 0


def test_smoothing_follows_the_spacing_and_leaves_a_constant_alone():
    x = np.array([0.0, 1.0, 2.0, 10.0])
    assert series.smooth(x, np.full(4, 3.0), 2.0).tolist() == [3.0] * 4
    smoothed = series.smooth(x, np.array([0.0, 1.0, np.nan, 1.0]), 2.0)
    first = 1 - np.exp(-0.5)
    assert smoothed[:3] == pytest.approx([0.0, first, first])
    assert smoothed[3] == pytest.approx(first + (1 - np.exp(-4)) * (1 - first))
    assert series.smooth(x, x, 0.0).tolist() == x.tolist()
