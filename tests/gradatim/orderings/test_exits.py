"""A closed exit: where a zigzag of an even number of layers would end low, one layer more climbs back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradatim import params as parameters
from gradatim import registry
from gradatim.seeds import Seed
from gradatim.types import OrderContext


def ordered(name, n, **params):
    module = registry.load("orderings", name)
    context = OrderContext(n, np.arange(n, dtype=np.float32))
    return module.order(context, module.Params(**params), Seed(0))[0].astype(np.int64)


def jumps(order, least):
    """(from, to) of neighbours that are further apart than ``least``."""
    at = np.flatnonzero(np.abs(np.diff(order)) > least)
    return [(int(order[i]), int(order[i + 1])) for i in at]


def test_the_published_saw_jumps_behind_each_transition_and_a_closed_exit_does_not():
    published = {"sections": 3, "transition_ratio": 0.075, "layers": 2}
    assert jumps(ordered("saw", 1000, **published), 3) == [(259, 408), (593, 742)]
    assert jumps(ordered("saw", 1000, **published, close_exit=True), 3) == []


def test_a_closed_exit_of_the_example_is_the_one_of_three_layers():
    assert ordered("saw", 12, sections=2, transition_ratio=0.25, layers=2, close_exit=True).tolist() == (
        [0, 1, 2, 3, 6, 7, 4, 5, 8, 9, 10, 11]
    )
    assert ordered("zigzag", 12, layers=2, close_exit=True).tolist() == [0, 3, 6, 9, 10, 7, 4, 1, 2, 5, 8, 11]


@settings(deadline=None)
@given(st.integers(1, 300), st.integers(1, 12), st.booleans())
def test_a_closed_zigzag_ends_at_the_other_end_and_never_jumps(n, layers, descending):
    order = ordered("zigzag", n, layers=layers, descending=descending, close_exit=True)
    assert sorted(order.tolist()) == list(range(n))
    first, last = (n - 1, 0) if descending else (0, n - 1)
    assert order[0] == first
    assert abs(order[-1] - last) <= layers
    assert jumps(order, 2 * layers + 2) == []


@settings(deadline=None)
@given(st.integers(1, 300), st.integers(1, 6), st.floats(0, 0.5), st.integers(1, 6))
def test_a_closed_saw_leaves_no_jump_at_a_transitions_end(n, sections, share_of_half, layers):
    ratio = share_of_half / sections
    order = ordered("saw", n, sections=sections, transition_ratio=ratio, layers=layers, close_exit=True)
    assert sorted(order.tolist()) == list(range(n))
    assert jumps(order, 2 * layers + 2) == []


@pytest.mark.parametrize("name", ["saw", "zigzag"])
def test_an_odd_number_of_layers_is_closed_already(name):
    assert ordered(name, 100, layers=3).tolist() == ordered(name, 100, layers=3, close_exit=True).tolist()


@pytest.mark.parametrize("name", ["saw", "zigzag"])
def test_documents_frozen_before_exits_could_be_closed_mean_an_open_one(name):
    cls = registry.load("orderings", name).Params
    assert "close_exit" not in parameters.as_dict(cls())
    assert parameters.as_dict(cls(close_exit=True))["close_exit"] is True
