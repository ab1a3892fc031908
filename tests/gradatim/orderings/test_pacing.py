"""Orderings whose passes leave out or repeat samples, by their definitions and worked examples."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradatim import registry
from gradatim.errors import UserError
from gradatim.seeds import Seed
from gradatim.types import OrderContext


def load(name):
    return registry.load("orderings", name)


def passes(name, values, seed=0, epochs=1, **params):
    module = load(name)
    context = OrderContext(len(values), np.asarray(values, np.float32), epochs=epochs)
    return module.order(context, module.Params(**params), Seed(seed))


def sentences(name, values, **params):
    module = load(name)
    context = OrderContext(len(values), np.asarray(values, np.float32))
    return {remark.field: remark.sentence for remark in module.remarks(context, module.Params(**params))}


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 12), st.booleans(), st.integers(0, 2**30))
def test_baby_steps_first_pass_is_all_stages_and_later_ones_are_everything(n, buckets, descending, seed):
    values = np.random.default_rng(seed).integers(0, 9, n)
    first, second = passes("baby_steps", values, seed, 2, buckets=buckets, descending=descending)
    by_score = sorted(range(n), key=lambda i: -values[i] if descending else values[i])
    ends = np.cumsum([len(part) for part in np.array_split(np.arange(n), min(buckets, n))])
    start = 0
    for end in ends:
        assert sorted(first[start : start + end].tolist()) == sorted(by_score[:end])
        start += end
    assert start == len(first)
    assert sorted(second.tolist()) == list(range(n))


def test_baby_steps_of_six_samples_in_three_buckets():
    (order,) = passes("baby_steps", [5, 3, 1, 0, 2, 4], buckets=3)
    assert [sorted(order[a:b].tolist()) for a, b in ((0, 2), (2, 6), (6, 12))] == [[2, 3], [1, 2, 3, 4], [*range(6)]]
    assert "3 times as many" not in sentences("baby_steps", range(6), buckets=3)["buckets"]
    assert "2 times as many samples" in sentences("baby_steps", range(6), buckets=3)["buckets"]


@pytest.mark.parametrize(
    ("pacing", "power", "shares"),
    [
        ("linear", 2, [0.01, 0.2575, 0.505, 1]),
        ("root", 2, [0.01, 0.500075, 0.707142, 1]),
        ("root", 3, [0.01, 0.629961, 0.793701, 1]),
        ("quadratic", 2, [0.01, 0.0625, 0.25, 1]),
        ("inverse_quadratic", 2, [0.01, 0.4375, 0.75, 1]),
    ],
)
def test_competence_at_worked_places(pacing, power, shares):
    params = load("competence").Params(pacing=pacing, power=float(power))
    found = load("competence").competence(np.array([0, 0.25, 0.5, 1, 7]), params)
    assert found == pytest.approx([*shares, 1], abs=1e-6)


@settings(deadline=None)
@given(
    st.integers(1, 200),
    st.sampled_from(["linear", "root", "quadratic", "inverse_quadratic"]),
    st.floats(0.01, 1),
    st.floats(0.3, 2.5),
    st.integers(0, 2**30),
)
def test_every_draw_of_competence_is_from_the_pool_of_its_time(n, pacing, start, growth, seed):
    module = load("competence")
    params = module.Params(pacing=pacing, start=start, growth=growth)
    drawn = module.order(OrderContext(n, np.arange(n, dtype=np.float32), epochs=4), params, Seed(seed))
    for epoch, order in enumerate(drawn):
        progress = (epoch + np.arange(n) / n) / growth
        assert len(order) == n
        assert (order < np.maximum(1, np.ceil(module.competence(progress, params) * n))).all()
        if epoch >= growth:
            assert sorted(order.tolist()) == list(range(n))


def test_competence_sees_easy_samples_often_and_the_hardest_hardly():
    (order,) = passes("competence", np.arange(2000)[::-1], pacing="linear")
    seen = np.bincount(1999 - order, minlength=2000)  # by ascending score
    assert seen[:100].mean() > 3 * seen[1000:1100].mean() > 3 * seen[1900:].mean()
    (hard,) = passes("competence", np.arange(2000), pacing="linear", descending=True)
    assert (hard > 1000).mean() > 0.8


@pytest.mark.parametrize(
    ("strategy", "shares"),
    [
        ("cycle", [0.25, 0.5, 1, 0.5, 0.25, 0.5, 1, 0.5, 0.25, 0.5]),
        ("sharp_cycle", [0.25, 0.5, 1, 0.25, 0.5, 1, 0.25]),
        ("lower_to_bigger", [0.25, 0.5, 1, 1, 1]),
        ("bigger_to_lower", [1, 0.5, 0.25, 0.25]),
    ],
)
def test_cyclical_shares_of_the_published_settings(strategy, shares):
    found = load("cyclical").shares(load("cyclical").Params(strategy=strategy))
    assert list(itertools.islice(found, len(shares))) == shares


def test_a_cycle_of_ten_epochs_is_nineteen_passes():
    ends = np.cumsum(list(itertools.islice(load("cyclical").shares(load("cyclical").Params()), 19)))
    assert ends[17] < 10 <= ends[18] == 10.75
    assert ends[9] == 5.25


def test_a_cycle_turns_at_bounds_that_alpha_does_not_meet():
    found = load("cyclical").shares(load("cyclical").Params(start=0.3, end=0.9))
    assert list(itertools.islice(found, 6)) == pytest.approx([0.3, 0.6, 0.9, 0.45, 0.3, 0.6])


@settings(deadline=None)
@given(st.integers(1, 80), st.integers(0, 2**30), st.sampled_from(["inverse", "rank"]), st.booleans())
def test_cyclical_passes_draw_their_share_without_replacement(n, seed, easiness, descending):
    values = np.random.default_rng(seed).exponential(size=n)
    drawn = passes("cyclical", values, seed, 4, easiness=easiness, descending=descending)
    for order, share in zip(drawn, (0.25, 0.5, 1, 0.5), strict=True):
        assert len(order) == len(set(order.tolist())) == max(1, round(share * n))


def test_a_sample_is_drawn_in_proportion_to_its_easiness():
    """One of two is drawn: losses of 1 and 3 give chances of 3/4 and 1/4."""
    pick = {"start": 0.5, "end": 0.5}
    first = [passes("cyclical", [1, 3], seed, **pick)[0].tolist() for seed in range(2000)]
    assert np.mean([order == [0] for order in first]) == pytest.approx(0.75, abs=0.03)
    high = [passes("cyclical", [1, 3], seed, descending=True, **pick)[0].tolist() for seed in range(2000)]
    assert np.mean([order == [1] for order in high]) == pytest.approx(0.75, abs=0.03)
    ranked = [passes("cyclical", [-7, 900], seed, easiness="rank", **pick)[0].tolist() for seed in range(2000)]
    assert np.mean([order == [0] for order in ranked]) == pytest.approx(2 / 3, abs=0.03)


def test_scores_below_the_clip_count_as_the_clip_and_infinite_ones_come_last():
    pick = {"start": 0.5, "end": 0.5, "clip": 1.0}
    first = [passes("cyclical", [1e-30, 1], seed, **pick)[0].tolist() for seed in range(2000)]
    assert np.mean([order == [0] for order in first]) == pytest.approx(0.5, abs=0.04)
    assert all(passes("cyclical", [math.inf, 2], seed, **pick)[0].tolist() == [1] for seed in range(50))
    said = sentences("cyclical", [-3, 2], **pick)["clip"]
    assert said.startswith("1 of 2 scores is at or below 1 and counts as that")


@settings(deadline=None)
@given(st.integers(1, 50), st.floats(0.01, 1), st.integers(1, 12), st.integers(0, 2**30))
def test_random_subsets_without_replacement_walk_through_whole_permutations(n, share, epochs, seed):
    drawn = passes("random_subset", np.zeros(n), seed, epochs, share=share)
    size = max(1, round(share * n))
    assert [len(order) for order in drawn] == [size] * epochs
    walk = np.concatenate(drawn)
    for start in range(0, len(walk) - n + 1, n):
        assert sorted(walk[start : start + n].tolist()) == list(range(n))


def test_random_subsets_with_replacement_are_drawn_from_all_samples_again():
    one, other = passes("random_subset", np.zeros(1000), 3, 2, share=0.5, replacement=True)
    assert len(set(one.tolist())) == len(set(other.tolist())) == 500
    assert 200 < len(set(one.tolist()) & set(other.tolist())) < 300
    one, other = passes("random_subset", np.zeros(1000), 3, 2, share=0.5)
    assert not set(one.tolist()) & set(other.tolist())


def test_a_growth_that_is_no_number_above_zero_names_its_field():
    with pytest.raises(UserError) as refused:
        passes("competence", [1, 2], start=-1.0)
    assert refused.value.field == "start"
