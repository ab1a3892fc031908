"""What every ordering of the registry promises, whatever it does."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradatim import permutation, registry
from gradatim.errors import UserError
from gradatim.seeds import Seed
from gradatim.types import OrderContext

NAMES = registry.names("orderings")
#: Orderings that look at no score, as their defaults are.
WITHOUT_SCORES = {"shuffle", "random_subset", "domain_balanced"}
by_name = pytest.mark.parametrize("name", NAMES)

awkward = st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5, 3e38, -3e38, 1e-45, -1e-45, math.inf, -math.inf])
numbers = st.one_of(awkward, st.floats(allow_nan=False, width=32), st.integers(-3, 3).map(float))
scores = st.builds(
    np.array,
    st.lists(numbers, max_size=60),
    st.sampled_from([np.float32, np.float64, np.dtype(">f4")]),
)
seeds = st.integers(0, 2**64)


def context(values, epochs=1):
    n = len(values)
    return OrderContext(n, values, domains=np.arange(n) % 3, lengths=np.arange(n) + 1, epochs=epochs)


def run(name, values, seed=0, epochs=1, **params):
    module = registry.load("orderings", name)
    return module.order(context(values, epochs), module.Params(**params), Seed(seed))


@by_name
@settings(max_examples=60, deadline=None)
@given(values=scores, seed=seeds, epochs=st.integers(1, 3))
def test_every_pass_is_what_the_module_declares(name, values, seed, epochs):
    orders = run(name, values, seed, epochs)
    assert len(orders) == epochs
    for order in orders:
        assert permutation.CHECKS[registry.load("orderings", name).output](order, len(values)) is order


@by_name
@settings(max_examples=25, deadline=None)
@given(values=scores, seed=seeds)
def test_equal_input_and_seed_give_equal_orders(name, values, seed):
    before = values.copy()
    first, second = run(name, values, seed, 2), run(name, values, seed, 2)
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert np.array_equal(values, before)


@by_name
def test_the_first_epochs_do_not_depend_on_how_many_follow(name):
    values = np.random.default_rng(3).normal(size=50)
    longer = run(name, values, 7, 4)
    for epochs in (1, 2, 3):
        for ours, theirs in zip(run(name, values, 7, epochs), longer, strict=False):
            assert np.array_equal(ours, theirs)


@by_name
def test_nan_is_refused_with_its_count_where_scores_are_looked_at(name):
    values = np.array([1.0, math.nan, 2.0, math.nan])
    if name in WITHOUT_SCORES:
        assert len(run(name, values)[0]) > 0
        return
    with pytest.raises(UserError, match="2 of 4 scores are NaN"):
        run(name, values)


@by_name
def test_scores_are_asked_for_where_they_are_needed(name):
    module = registry.load("orderings", name)
    if name in WITHOUT_SCORES:
        assert not module.needs_scores(module.Params())
        assert len(module.order(OrderContext(5), module.Params(), Seed(0))[0]) > 0
        return
    assert not hasattr(module, "needs_scores")
    with pytest.raises(UserError, match="choose a score set"):
        module.order(OrderContext(5), module.Params(), Seed(0))


@by_name
@settings(max_examples=25, deadline=None)
@given(values=scores)
def test_remarks_are_sentences_at_fields_and_need_no_order(name, values):
    module = registry.load("orderings", name)
    fields = {"", "scores", "domains", *(field.name for field in dataclasses.fields(module.Params))}
    for remark in module.remarks(context(values), module.Params()) if hasattr(module, "remarks") else []:
        assert remark.field in fields
        assert remark.sentence[0].isupper() or remark.sentence[0].isdigit()
        assert remark.sentence.endswith(".")


def test_shuffled_epochs_differ_and_sorted_ones_repeat():
    values = np.random.default_rng(0).normal(size=100)
    fresh = ["shuffle", "segment", "baby_steps", "one_pass", "competence", "cyclical", "warm_up", "random_subset"]
    for name in [*fresh, "domain_balanced"]:
        first, second = run(name, values, 5, 2)
        assert not np.array_equal(first, second)
    for name, params in (
        ("sorting", {"gumbel_temperature": 0.05}),
        ("interleaved", {"buckets": 3}),
        ("drawn_curve", {"points": [(0.0, 50.0), (1.0, 50.0)]}),
    ):
        first, second = run(name, values, 5, 2, **params)
        assert not np.array_equal(first, second)
    for name in ("sorting", "folding", "zigzag", "stair", "saw", "interleaved", "human", "drawn_curve"):
        first, second = run(name, values, 5, 2)
        assert np.array_equal(first, second)


@pytest.mark.parametrize(
    ("name", "params", "field"),
    [
        ("folding", {"layers": 0}, "layers"),
        ("zigzag", {"layers": -1}, "layers"),
        ("stair", {"sections": 0}, "sections"),
        ("saw", {"transition_ratio": -0.1}, "transition_ratio"),
        ("segment", {"front_percent": 101}, "front_percent"),
        ("segment", {"back_percent": -1}, "back_percent"),
        ("sorting", {"gumbel_temperature": -1.0}, "gumbel_temperature"),
        ("baby_steps", {"buckets": 0}, "buckets"),
        ("one_pass", {"buckets": -3}, "buckets"),
        ("interleaved", {"segments": 0}, "segments"),
        ("interleaved", {"buckets": -1}, "buckets"),
        ("competence", {"start": 0.0}, "start"),
        ("competence", {"growth": -1.0}, "growth"),
        ("competence", {"power": 0.0}, "power"),
        ("cyclical", {"alpha": 1.0}, "alpha"),
        ("cyclical", {"start": 0.0}, "start"),
        ("cyclical", {"start": 0.8, "end": 0.5}, "start"),
        ("cyclical", {"clip": 0.0}, "clip"),
        ("warm_up", {"share": 1.5}, "share"),
        ("random_subset", {"share": 0.0}, "share"),
    ],
)
def test_settings_out_of_bounds_are_refused_even_for_empty_input_or_unparsed_params(name, params, field):
    with pytest.raises(UserError) as caught:
        run(name, np.zeros(8), **params)
    assert caught.value.field == field
    if field not in ("sections", "layers"):
        with pytest.raises(UserError):
            run(name, np.zeros(0), **params)
