"""Rank correlation against its definition, and the samples that two columns place furthest apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradatim import agreement
from gradatim.errors import UserError
from gradatim.series import percentiles

few = st.integers(-3, 3).map(np.float32)
pairs = st.integers(3, 40).flatmap(
    lambda n: st.tuples(*(st.lists(few, min_size=n, max_size=n).map(np.array) for _ in range(2)))
)


def by_definition(one, other):
    """Pearson's correlation of mean ranks, counted pair by pair."""
    ranks = [np.array([(v > values).sum() + ((v == values).sum() + 1) / 2 for v in values]) for values in (one, other)]
    if any(np.ptp(r) == 0 for r in ranks):
        return None
    return float(np.corrcoef(*ranks)[0, 1])


def spearman(one, other):
    return agreement.correlation(percentiles(one), percentiles(other))


@given(pairs)
def test_it_is_spearmans_with_ties_averaged(pair):
    expected = by_definition(*pair)
    assert spearman(*pair) == (None if expected is None else pytest.approx(expected, abs=1e-9))


@given(pairs)
def test_percentiles_are_mean_ranks_that_centre_on_50_and_know_no_unit(pair):
    scores, _ = pair
    found = percentiles(scores)
    expected = [100 * ((v > scores).sum() + (v == scores).sum() / 2) / len(scores) for v in scores]
    assert found == pytest.approx(expected)
    assert found.mean() == pytest.approx(50)
    assert percentiles(np.exp(scores)).tolist() == found.tolist()


def test_the_ends_are_one_and_minus_one():
    scores = np.random.default_rng(0).normal(size=200).astype(np.float32)
    assert spearman(scores, scores**3) == pytest.approx(1)
    assert spearman(scores, -scores) == pytest.approx(-1)


def test_equal_scores_of_all_and_fewer_than_three_samples_have_no_correlation():
    assert spearman(np.full(9, 2.0), np.arange(9.0)) is None
    assert spearman(np.array([1.0, 2.0]), np.array([2.0, 1.0])) is None
    assert percentiles(np.array([])).tolist() == []


def test_nan_is_refused():
    with pytest.raises(UserError, match="NaN"):
        percentiles(np.array([1.0, np.nan]))


@given(pairs, st.randoms(use_true_random=False))
def test_a_groups_correlation_is_that_of_its_samples_alone(pair, random):
    codes = np.array([random.randrange(3) for _ in pair[0]])
    found = agreement.by_group(*pair, codes, 4)
    assert sum(row["samples"] for row in found) == len(codes)
    assert found[3] == {"samples": 0, "correlation": None}
    for code in range(3):
        inside = codes == code
        expected = spearman(*(scores[inside] for scores in pair))
        assert found[code]["correlation"] == (None if expected is None else pytest.approx(expected, abs=1e-9))


@pytest.mark.parametrize(
    ("one", "other", "sense"),
    [
        ("harder", "harder", 1),
        ("harder", "easier", -1),
        ("worse", "better", -1),
        ("worse", "worse", 1),
        ("harder", "better", 0),
        ("neutral", "neutral", 0),
        ("neutral", "harder", 0),
    ],
)
def test_sense_is_whether_higher_means_the_same(one, other, sense):
    assert agreement.sense(one, other) == agreement.sense(other, one) == sense


def test_opposite_directions_are_no_disagreement():
    scores = percentiles(np.arange(10.0))
    assert agreement.distance(scores, scores[::-1], -1) == pytest.approx(np.zeros(10))
    assert agreement.distance(scores, scores[::-1], 0)[-1] == pytest.approx(90)


@given(st.lists(st.integers(-5, 5), max_size=40), st.integers(0, 12))
def test_the_furthest_are_the_largest_above_zero_and_of_equal_ones_the_first(distances, count):
    distances = np.array(distances, float)
    expected = [p for p in np.argsort(-distances, kind="stable") if distances[p] > 0][:count]
    assert agreement.furthest(distances, count).tolist() == expected


@given(pairs, st.sampled_from([10, 20, 25, 50]))
def test_a_cell_counts_exactly_the_samples_between_its_edges(pair, side):
    one, other = map(percentiles, pair)
    counts = agreement.density(one, other, side)
    assert counts.sum() == len(one)
    width = 100 / side
    for row, column in np.argwhere(counts):
        a = agreement.inside(one, column * width, (column + 1) * width)
        b = agreement.inside(other, row * width, (row + 1) * width)
        assert (a & b).sum() == counts[row, column]


def test_the_grid_is_as_fine_as_the_samples_fill_it():
    assert [agreement.side_of(n) for n in (0, 40, 1_600, 2_500, 10_000, 1_000_000)] == [10, 10, 20, 25, 50, 50]
