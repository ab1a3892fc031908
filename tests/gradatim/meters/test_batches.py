"""Where batches end: in samples, and in the tokens of a packed stream."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradatim.errors import UserError
from gradatim.meters import batches

LENGTHS = st.lists(st.integers(1, 60), max_size=80).map(lambda lengths: np.array(lengths, np.uint32))


def test_batches_of_samples_end_after_so_many_and_the_last_may_be_shorter():
    assert batches.of_samples(10, 4).tolist() == [4, 8, 10]
    assert batches.of_samples(8, 4).tolist() == [4, 8]
    assert batches.of_samples(3, 4).tolist() == [3]
    assert batches.of_samples(0, 4).tolist() == []


def test_a_batch_of_no_sample_is_refused():
    with pytest.raises(UserError):
        batches.of_samples(10, 0)


def test_a_sample_belongs_to_the_batch_that_holds_its_first_token():
    # tokens: 0-4, 5-11, 12-13, 14-29, 30-31; batches of ten: 0-9, 10-19, 20-29, and two tokens are left over
    assert batches.of_tokens(np.array([5, 7, 2, 16, 2]), 10).tolist() == [2, 4]


@given(LENGTHS, st.integers(1, 50))
def test_batches_of_tokens_are_those_that_counting_token_by_token_gives(lengths, size):
    begins = (np.cumsum(lengths) - lengths).tolist()
    whole = int(lengths.sum()) // size
    owner = [begin // size for begin in begins if begin // size < whole]
    expected = [k + 1 for k in range(len(owner)) if k + 1 == len(owner) or owner[k + 1] != owner[k]]
    assert batches.of_tokens(lengths, size).tolist() == expected


def test_no_more_batches_are_cut_than_are_asked_for():
    assert batches.of_tokens(np.full(10, 5), 10, most=2).tolist() == [2, 4]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=60), st.integers(1, 50))
def test_looks_are_batches_put_together_until_they_are_large_enough(sizes, least):
    stops = np.cumsum(sizes)
    found = batches.looks(stops, least)
    assert found[-1] == stops[-1]
    assert set(found.tolist()) <= set(stops.tolist())
    wide = np.diff(found, prepend=0)
    assert len(found) == 1 or wide.min() >= least
    if min(sizes) >= least:
        assert found.tolist() == stops.tolist()


def test_the_spread_within_a_batch_is_numpys():
    u = np.random.default_rng(0).random(100)
    seen = batches.spread(u, np.array([30, 31, 100]))
    assert seen.sizes.tolist() == [30, 1, 69]
    assert seen.mean == pytest.approx([u[:30].mean(), u[30], u[31:].mean()])
    assert seen.variance == pytest.approx([u[:30].var(), 0, u[31:].var()])
