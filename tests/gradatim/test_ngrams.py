"""The model against the definition, n-gram by n-gram; its probabilities sum to one."""

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradatim import ngrams
from gradatim.errors import UserError

START = -1


def flat(samples):
    return np.array([token for sample in samples for token in sample], np.uint16), [len(sample) for sample in samples]


class Plain:
    """Chen & Goodman 1999, section 3, in dictionaries."""

    def __init__(self, samples, vocab_size, order):
        self.vocab_size, self.order = vocab_size, order
        raw = defaultdict(Counter)
        for sample in samples:
            text = (START, *sample)
            for k in range(1, order + 1):
                for start in range(len(text) - k + 1):
                    raw[k][text[start : start + k]] += 1
        del raw[1][(START,)]
        order = self.order = max(k for k in raw if raw[k])
        self.counts = {order: raw[order]}
        for k in range(1, order):
            preceded = Counter(gram[1:] for gram in raw[k + 1])
            self.counts[k] = {gram: raw[k][gram] if gram[0] == START else preceded[gram] for gram in raw[k]}
        self.taken = {k: (0, *ngrams.discounts(np.array(list(found.values())))) for k, found in self.counts.items()}

    def share(self, context, token):
        k = len(context) + 1
        shorter = self.share(context[1:], token) if context else 1 / self.vocab_size
        followers = {g: n for g, n in self.counts.get(k, {}).items() if g[:-1] == context}
        total = sum(followers.values())
        if not total:
            return shorter
        taken = {gram: self.taken[k][min(n, 3)] for gram, n in followers.items()}
        gram = (*context, token)
        return (followers.get(gram, 0) - taken.get(gram, 0)) / total + sum(taken.values()) / total * shorter

    def loss(self, sample):
        text = (START, *sample)
        at = range(1, len(text))
        return -sum(np.log(self.share(text[max(0, i - self.order + 1) : i], text[i])) for i in at)


samples = st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=12), min_size=1, max_size=8)


@given(samples, samples, st.integers(2, 4))
@settings(max_examples=60)
def test_losses_are_those_of_the_definition(learned, asked, order):
    plain = Plain([tuple(sample) for sample in learned], 6, order)
    model = ngrams.learn(*flat(learned), vocab_size=6, order=order)
    found = ngrams.losses(model, *flat(asked))
    assert found == pytest.approx([plain.loss(tuple(sample)) for sample in asked], rel=1e-12)


def test_what_follows_a_context_sums_to_one():
    rng = np.random.default_rng(0)
    data = rng.zipf(1.5, 5000).clip(max=40).astype(np.uint16) - 1
    model = ngrams.learn(data, np.full(50, 100), vocab_size=50, order=4)
    for context in ([], [0], [3, 0], [0, 1, 0], [49, 49, 49], [0, 0, 0, 0]):
        asked = [[*context, token] for token in range(50)]
        shares = np.exp(-ngrams.losses(model, *flat(asked)))
        before = np.exp(-ngrams.losses(model, *flat([context]))) if context else 1.0
        assert (shares / before).sum() == pytest.approx(1.0, abs=1e-12)


def test_discounts_follow_the_counts_of_counts_and_fall_back_where_there_are_too_few():
    counts = np.repeat([1, 2, 3, 4], [100, 40, 20, 12])
    y = 100 / 180
    assert ngrams.discounts(counts) == pytest.approx((1 - 2 * y * 0.4, 2 - 3 * y * 0.5, 3 - 4 * y * 0.6))
    assert ngrams.discounts(np.array([1, 1, 2])) == ngrams.FALLBACK


def test_a_token_that_was_never_seen_has_a_probability_where_a_discount_would_be_nought():
    # equation 26 takes nothing from counts of two here
    assert ngrams.discounts(np.repeat([1, 2, 3, 4], [6, 3, 4, 1])) == ngrams.FALLBACK


def test_text_like_what_was_learned_is_less_surprising_than_other_text():
    learned = [[1, 2, 3, 4, 0]] * 20
    model = ngrams.learn(*flat(learned), vocab_size=10, order=3)
    like, unlike, other = ngrams.losses(model, *flat([[1, 2, 3, 4, 0], [4, 3, 2, 1, 0], [9, 8, 7, 6, 5]]))
    assert like < unlike < other


def test_n_grams_of_no_text_are_refused():
    with pytest.raises(UserError, match="no text"):
        ngrams.learn(np.zeros(0, np.uint16), [], vocab_size=4, order=3)
