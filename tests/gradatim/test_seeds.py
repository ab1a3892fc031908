import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gradatim.seeds import Seed

seeds = st.integers(0, 2**64)


@given(seeds)
def test_generators_start_from_the_bare_integer(value):
    assert Seed(value).numpy().integers(1 << 40) == np.random.default_rng(value).integers(1 << 40)
    assert Seed(value).python().random() == random.Random(value).random()


@given(seeds, st.lists(st.text() | st.integers(), min_size=1, max_size=3))
def test_a_child_is_fixed_by_seed_and_names_and_fits_a_signed_integer(value, names):
    child = Seed(value).child(*names)
    assert child == Seed(value).child(*names)
    assert 0 <= child.value < 1 << 63


def test_children_are_the_same_on_every_machine():
    # the first 63 bits of the SHA-256 of "0/epoch/1"
    assert Seed(0).child("epoch", 1).value == 123735704575244949


def test_distinct_names_give_distinct_children():
    children = {Seed(seed).child("epoch", epoch).value for seed in range(50) for epoch in range(50)}
    assert len(children) == 2500
