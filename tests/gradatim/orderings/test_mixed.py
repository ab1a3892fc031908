"""Orderings by buckets, segments, domains and drawn curves, by their definitions and worked examples."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradatim import params as parameters
from gradatim import registry
from gradatim.errors import UserError
from gradatim.seeds import Seed
from gradatim.types import OrderContext

values = st.lists(st.integers(-4, 4).map(float), min_size=1, max_size=60)
domains = st.lists(st.integers(0, 4), min_size=1, max_size=60)


def ordered(name, scores, codes=None, seed=0, epochs=1, **params):
    module = registry.load("orderings", name)
    codes = None if codes is None else np.asarray(codes)
    context = OrderContext(len(scores), np.asarray(scores, np.float32), codes, epochs=epochs)
    orders = module.order(context, module.Params(**params), Seed(seed))
    return [order.tolist() for order in orders]


def sentences(name, scores, codes=None, **params):
    module = registry.load("orderings", name)
    codes = None if codes is None else np.asarray(codes)
    context = OrderContext(len(scores), np.asarray(scores, np.float32), codes)
    return {remark.field: remark.sentence for remark in module.remarks(context, module.Params(**params))}


def by_score(scores, descending=False):
    return sorted(range(len(scores)), key=lambda i: -scores[i] if descending else scores[i])


@settings(deadline=None)
@given(values, st.integers(1, 70), st.booleans(), st.integers(0, 2**30))
def test_one_pass_visits_equal_buckets_from_easy_to_hard(scores, buckets, descending, seed):
    items = by_score(scores, descending)
    (order,) = ordered("one_pass", scores, seed=seed, buckets=buckets, descending=descending)
    for bucket in np.array_split(np.arange(len(items)), min(buckets, len(items))):
        assert sorted(order[bucket[0] : bucket[-1] + 1]) == sorted(items[i] for i in bucket)


@settings(deadline=None)
@given(values, st.integers(1, 70), st.booleans())
def test_interleaved_segments_sorted_exactly_are_folding(scores, segments, descending):
    assert ordered("interleaved", scores, segments=segments, descending=descending) == (
        ordered("folding", scores, layers=segments, descending=descending)
    )


def test_interleaved_buckets_are_shuffled_inside_each_segment():
    scores = range(24)
    folded = ordered("folding", scores, layers=2)[0]
    first, second = ordered("interleaved", scores, segments=2, buckets=3, epochs=2)
    for start in range(0, 24, 4):  # 2 segments of 12, in 3 buckets of 4
        assert sorted(first[start : start + 4]) == sorted(second[start : start + 4]) == folded[start : start + 4]
    assert first != second


@settings(deadline=None)
@given(values, st.floats(0, 1), st.booleans(), st.integers(0, 2**30))
def test_a_warm_up_is_easy_to_hard_and_the_rest_is_shuffled(scores, share, descending, seed):
    items, count = by_score(scores, descending), round(share * len(scores))
    first, second = ordered("warm_up", scores, seed=seed, epochs=2, share=share, descending=descending)
    assert first[:count] == items[:count]
    assert sorted(first) == sorted(second) == list(range(len(scores)))
    (whole,) = ordered("warm_up", scores, seed=seed, share=share, pool="all", descending=descending)
    rank = {item: place for place, item in enumerate(items)}
    assert [rank[i] for i in whole[:count]] == sorted(rank[i] for i in whole[:count])


def test_a_warm_up_on_all_samples_runs_through_the_whole_range():
    (order,) = ordered("warm_up", range(1000), share=0.2, pool="all")
    assert order[0] < 30 and order[199] > 970
    (order,) = ordered("warm_up", range(1000), share=0.2)
    assert order[:200] == list(range(200))
    assert np.corrcoef(order[200:], range(800))[0, 1] < 0.15


@settings(deadline=None)
@given(domains, st.sampled_from(["shuffled", "score"]), st.integers(0, 2**30))
def test_every_stretch_has_the_domain_proportions_of_the_whole(codes, within, seed):
    n, kinds = len(codes), len(set(codes))
    (order,) = ordered("domain_balanced", range(n), codes, seed, within=within)
    assert sorted(order) == list(range(n))
    for code in set(codes):
        share = codes.count(code) / n
        so_far = np.cumsum([codes[i] == code for i in order])
        assert np.abs(so_far - share * np.arange(1, n + 1)).max() <= 1 + kinds / 2
        if within == "score":
            mine = [i for i in order if codes[i] == code]
            assert mine == sorted(mine)


def test_domains_of_four_and_two_are_balanced_by_hand():
    # due at 1/8 3/8 5/8 7/8 and at 1/4 3/4
    assert ordered("domain_balanced", range(6), [0, 0, 0, 0, 1, 1], within="score") == [[0, 4, 1, 2, 5, 3]]
    assert ordered("domain_balanced", range(6), [0, 0, 0, 0, 1, 1], within="score", descending=True) == [
        [3, 5, 2, 1, 4, 0]
    ]


def test_subjects_are_taught_side_by_side_each_from_easy_to_hard():
    scores, subjects = [3, 1, 2, 0, 9, 8], [0, 0, 0, 0, 7, 7]
    assert ordered("human", scores, subjects) == [[3, 5, 1, 2, 4, 0]]
    assert ordered("human", scores, subjects, interleave="round_robin") == [[3, 5, 1, 4, 2, 0]]
    assert ordered("human", scores, subjects, descending=True) == [[0, 4, 2, 1, 5, 3]]


@settings(deadline=None)
@given(domains)
def test_human_in_proportion_is_balance_by_score(codes):
    scores = np.random.default_rng(len(codes)).integers(0, 5, len(codes))
    assert ordered("human", scores, codes) == ordered("domain_balanced", scores, codes, within="score")


@pytest.mark.parametrize("name", ["human", "domain_balanced"])
def test_data_of_one_domain_are_told_that_nothing_is_interleaved(name):
    assert "one domain" in sentences(name, range(5), [2] * 5)["domains"]
    assert "one domain" in sentences(name, range(5))["domains"]
    assert sentences(name, range(5), [1, 2, 1, 2, 1]) == {}


@pytest.mark.parametrize("codes", [[0, 1], [0.5, 1.5, 2.5]])
def test_domains_that_are_not_one_whole_number_a_sample_are_refused(codes):
    with pytest.raises(UserError) as refused:
        ordered("human", range(3), codes)
    assert refused.value.field == "domains"


def test_domains_may_be_any_whole_numbers():
    assert ordered("human", range(4), [-5, 2**60, -5, 2**60]) == ordered("human", range(4), [0, 1, 0, 1])


def test_a_straight_curve_is_sorting_and_a_falling_one_its_reverse():
    scores = np.random.default_rng(1).normal(size=100)
    assert ordered("drawn_curve", scores) == ordered("sorting", scores)
    falling = ordered("drawn_curve", scores, points=[(0.0, 100.0), (1.0, 0.0)])[0]
    assert falling == ordered("sorting", scores)[0][::-1]


def test_the_place_with_the_kth_lowest_wish_gets_the_kth_lowest_score():
    # at 1/8 3/8 5/8 7/8 of the way down from 80 to 0 and up to 40: 60 20 10 30
    order = ordered("drawn_curve", range(4), points=[(0.0, 80.0), (0.5, 0.0), (1.0, 40.0)])[0]
    assert order == [3, 1, 0, 2]


def test_steps_and_flat_ends_share_their_samples_at_random():
    points = [(0.25, 100.0), (0.25, 0.0), (0.5, 0.0), (0.5, 60.0), (0.9, 60.0)]
    order, again = ordered("drawn_curve", range(100), points=points, epochs=2)
    for part, wanted in ((slice(0, 25), range(75, 100)), (slice(25, 50), range(25)), (slice(50, 100), range(25, 75))):
        assert sorted(order[part]) == sorted(again[part]) == list(wanted)
        assert order[part] != list(wanted) and order[part] != again[part]


@settings(deadline=None)
@given(
    st.integers(1, 40),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 100)), min_size=2, max_size=6).map(
        lambda points: sorted(points, key=lambda point: point[0])
    ),
    st.integers(0, 2**30),
)
def test_no_permutation_follows_a_curve_more_closely_than_it_says(n, points, seed):
    module = registry.load("orderings", "drawn_curve")
    params = module.Params(points=points)
    percentile = (np.arange(n) + 0.5) / n * 100
    wanted = module.wanted(n, params)
    (order,) = ordered("drawn_curve", range(n), seed=seed, points=points)
    far = np.abs(percentile[order] - wanted).mean()
    assert far == pytest.approx(module.distance(n, params))
    shuffled = np.random.default_rng(seed).permutation(n)
    assert far <= np.abs(percentile[shuffled] - wanted).mean() + 1e-9


def test_the_distance_to_the_curve_is_told():
    assert "within 0.0 percentiles" in sentences("drawn_curve", range(100))["points"]
    told = sentences("drawn_curve", range(1000), points=[(0.0, 50.0), (1.0, 50.0)])["points"]
    assert "within 25.0 percentiles on average: every sample comes once" in told


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ([[0, 0], [0.5, 20], [0.2, 100]], "ascending"),
        ([[-0.1, 0], [1, 100]], "from 0 to 1"),
        ([[0, 0], [1, 101]], "Percentiles"),
        ([[0, 0]], "at least 2"),
        ([[0, 0, 0], [1, 1, 1]], "at most 2"),
        ([[0, "low"], [1, 100]], "number"),
        ("steep", "list"),
    ],
)
def test_points_that_are_no_curve_are_refused_at_their_field(points, said):
    cls = registry.load("orderings", "drawn_curve").Params
    with pytest.raises(UserError) as refused:
        parameters.parse(cls, {"points": points}, where="ordering.params")
    assert refused.value.field.startswith("ordering.params.points")
    assert said in refused.value.sentence


def test_a_curve_is_written_as_lists_and_comes_back():
    cls = registry.load("orderings", "drawn_curve").Params
    written = parameters.as_dict(cls())
    assert written == {"points": [[0.0, 0.0], [1.0, 100.0]]}
    assert parameters.parse(cls, written) == cls()
