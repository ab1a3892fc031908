"""An order in words, read off the order itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradatim import readings, registry, series
from gradatim.seeds import Seed
from gradatim.types import OrderContext

SCORES = np.random.default_rng(3).normal(size=2000).astype(np.float32)


def ordered(name, **params):
    module = registry.load("orderings", name)
    return module.order(OrderContext(len(SCORES), SCORES), module.Params(**params), Seed(1))[0]


def said(name, higher_means="harder", by="perplexity", **params):
    return readings.reading(SCORES, ordered(name, **params), higher_means, by)


def test_a_curriculum_starts_with_the_easiest_and_ends_with_the_hardest():
    assert said("sorting") == "Starts with the easiest (lowest perplexity), ends with the hardest (highest perplexity)."
    assert said("sorting", descending=True) == (
        "Starts with the hardest (highest perplexity), ends with the easiest (lowest perplexity)."
    )


@pytest.mark.parametrize(
    ("higher_means", "words"),
    [
        ("easier", "Starts with the hardest (lowest score), ends with the easiest (highest score)."),
        ("better", "Starts with the worst (lowest score), ends with the best (highest score)."),
        ("worse", "Starts with the best (lowest score), ends with the worst (highest score)."),
        ("neutral", "Starts with the lowest score, ends with the highest score."),
    ],
)
def test_the_direction_of_the_score_decides_the_words(higher_means, words):
    assert said("sorting", higher_means, "score") == words


def test_a_random_order_starts_and_ends_with_every_level():
    assert said("shuffle") == "Starts and ends with samples of every level."


def test_what_is_between_is_mostly_so():
    assert said("folding") == (
        "Starts with mostly easier samples (lower perplexity), ends with mostly harder samples (higher perplexity)."
    )
    assert said("folding", "neutral") == "Starts with mostly lower perplexity, ends with mostly higher perplexity."
    assert said("zigzag", layers=20) == "Starts and ends with samples of every level."


def test_an_even_zigzag_is_read_as_it_is():
    assert said("zigzag", layers=2) == "Starts and ends with the easiest (lowest perplexity)."
    closed = said("zigzag", layers=2, close_exit=True)
    assert closed.endswith("ends with mostly harder samples (higher perplexity).")


def test_passes_that_repeat_are_read_among_the_samples_that_they_hold():
    assert said("baby_steps").startswith("Starts with the easiest (lowest perplexity)")
    assert said("competence", pacing="linear").startswith("Starts with the easiest")


def test_a_part_of_the_samples_is_measured_among_itself_and_no_sample_is_no_order():
    part = ordered("sorting")[:500]
    assert readings.reading(SCORES, part) == "Starts with the lowest score, ends with the highest score."
    assert readings.reading(SCORES, part[:0]) == "There is no sample to start with."


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60))
def test_the_ends_are_mean_percentiles_of_tenths(values):
    scores = np.array(values, np.float32)
    order = np.random.default_rng(len(values)).permutation(len(values))
    percentiles, tenth = series.percentiles(scores), max(1, len(values) // 10)
    found = readings.ends(scores, order)
    assert found == pytest.approx((percentiles[order[:tenth]].mean(), percentiles[order[-tenth:]].mean()))
