import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from apps.metrics import codec
from apps.metrics.codec import Columns

INTEGERS = arrays.arrays("i8", st.shared(st.integers(1, 40), key="n"))
FLOATS = arrays.arrays("f8", st.shared(st.integers(1, 40), key="n"))


@given(INTEGERS, INTEGERS, FLOATS, FLOATS)
def test_any_four_columns_come_back_bit_for_bit(steps, tokens, times, values):
    given = Columns(steps, tokens, times, values)
    read = codec.decode(codec.encode(given))
    for name in Columns.__slots__:
        assert getattr(read, name).tobytes() == getattr(given, name).tobytes()


@given(arrays.arrays("i8", st.integers(1, 40), elements=st.integers(0, 2**41)))
def test_times_with_three_decimals_are_kept_as_milliseconds_and_come_back_exactly(milliseconds):
    times = milliseconds / 1000.0
    zeros = np.zeros(len(times))
    data = codec.encode(Columns.of(zeros, zeros, times, zeros))
    assert data[1] == codec.MILLISECONDS
    assert codec.decode(data).times.tobytes() == times.tobytes()


def test_a_training_curve_costs_under_six_bytes_a_point():
    n, rng = codec.CHUNK, np.random.default_rng(0)
    loss = (3 + rng.normal(0, 0.05, n)).astype("f4")
    times = np.round(1.7e9 + np.cumsum(rng.gamma(5, 0.01, n)), 3)
    assert len(codec.encode(Columns.of(np.arange(n), np.arange(n) * 4096, times, loss))) < 6 * n


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="one length"):
        Columns.of([1, 2], [1], [0.0], [0.0])


def test_bytes_of_another_version_are_refused():
    with pytest.raises(ValueError, match="version 9"):
        codec.decode(b"\x09\x00")
