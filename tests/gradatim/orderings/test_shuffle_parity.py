"""The array shuffle against Python's own."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradatim.orderings._shuffle import Shuffler
from gradatim.seeds import Seed

SIZES = [*range(12), 100, 255, 256, 257, 300, 511, 512, 513, 1023, 1024, 1025, 4097, 65_537]


@pytest.mark.parametrize("seed", [0, 1, 10, 42, 2**63, 2**200])
def test_successive_shuffles_equal_pythons(seed):
    theirs, ours = random.Random(seed), Shuffler(Seed(seed))
    for n in SIZES + SIZES[::-1]:
        items = list(range(n))
        theirs.shuffle(items)
        assert ours.shuffled(np.arange(n, dtype=np.uint32)).tolist() == items


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**64), st.lists(st.integers(0, 3000), max_size=4))
def test_any_sizes_in_any_order_equal_pythons(seed, sizes):
    theirs, ours = random.Random(seed), Shuffler(Seed(seed))
    for n in sizes:
        items = list(range(n))
        theirs.shuffle(items)
        assert ours.shuffled(np.arange(n, dtype=np.uint32)).tolist() == items


def test_a_shuffle_is_a_copy():
    items = np.arange(10, dtype=np.uint32)
    shuffled = Shuffler(Seed(1)).shuffled(items)
    assert shuffled.dtype == np.uint32
    assert items.tolist() == list(range(10))
