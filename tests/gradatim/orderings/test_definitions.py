"""The orderings against their definitions, written as plainly as they are stated."""

import random
import warnings
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradatim import registry
from gradatim.seeds import Seed
from gradatim.types import OrderContext

values = st.lists(st.integers(-4, 4).map(float), max_size=50)
flags = st.booleans()


def run(name, scores, seed=0, **params):
    module = registry.load("orderings", name)
    scores = np.array(scores, dtype=np.float32)
    return module.order(OrderContext(len(scores), scores), module.Params(**params), Seed(seed))[0].tolist()


def by_score(scores, descending=False):
    return sorted(range(len(scores)), key=lambda i: -scores[i] if descending else scores[i])


def folded(items, layers, turn=False):
    dealt = [items[layer::layers] for layer in range(layers)]
    return [x for i, layer in enumerate(dealt) for x in (reversed(layer) if turn and i % 2 else layer)]


def transitions(items, sections, ratio, layers, turn):
    n, cursor, out = len(items), 0, []
    radius = round(n * ratio)
    if sections == 1 or radius == 0:
        return items
    for k in range(1, sections):
        split = round(n * k / sections)
        start, end = max(cursor, split - radius), min(n, split + radius)
        out += items[cursor:start] + folded(items[start:end], layers, turn)
        cursor = end
    return out + items[cursor:]


@settings(deadline=None)
@given(values, flags)
def test_sorting_is_a_stable_sort(scores, descending):
    assert run("sorting", scores, descending=descending) == by_score(scores, descending)


@settings(deadline=None)
@given(values, flags, st.integers(1, 60))
def test_folding_and_zigzag_deal_the_sorted_samples_into_layers(scores, descending, layers):
    items = by_score(scores, descending)
    assert run("folding", scores, descending=descending, layers=layers) == folded(items, layers)
    assert run("zigzag", scores, descending=descending, layers=layers) == folded(items, layers, turn=True)


@settings(deadline=None, max_examples=200)
@given(values, flags, st.integers(1, 40), st.floats(0, 1.5), st.integers(1, 6))
def test_stair_and_saw_mix_around_the_splits(scores, descending, sections, ratio, layers):
    items = by_score(scores, descending)
    params = {"descending": descending, "sections": sections, "transition_ratio": ratio, "layers": layers}
    assert run("stair", scores, **params) == transitions(items, sections, ratio, layers, False)
    assert run("saw", scores, **params) == transitions(items, sections, ratio, layers, True)


@settings(deadline=None)
@given(values, st.integers(0, 100), st.integers(0, 100), flags, flags, st.integers(0, 2**40))
def test_segment_shuffles_front_middle_and_back_from_one_generator(scores, x, y, front_high, back_high, seed):
    items = by_score(scores)
    n, rng = len(items), random.Random(seed)
    front, back = n * x // 100, n * y // 100
    if front + back > n:
        front = int(Fraction(front * n, front + back))
        back = n - front
    if front_high == back_high:
        block = items[n - front - back :] if front_high else items[: front + back]
        rng.shuffle(block)
        parts = [block[:front], [i for i in items if i not in block], block[front:]]
    else:
        first = items[n - front :] if front_high else items[:front]
        rest = [i for i in items if i not in first]
        last = rest[len(rest) - back :] if back_high else rest[:back]
        parts = [first, [i for i in rest if i not in last], last]
    for part in parts:
        rng.shuffle(part)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = run("segment", scores, seed, front_percent=x, back_percent=y, front_high=front_high, back_high=back_high)
    assert ours == [i for part in parts for i in part]


def test_segment_counts_are_exact_floors_and_shrink_with_a_warning():
    segment = registry.load("orderings", "segment")
    assert segment.counts(1000, segment.Params(front_percent=0.7, back_percent=0.3)) == (7, 3)
    assert segment.counts(10_000, segment.Params(front_percent=0.29, back_percent=0)) == (29, 0)
    with pytest.warns(UserWarning, match="more than all 26 samples: 13 and 13"):
        assert segment.counts(26, segment.Params(front_percent=90, back_percent=90)) == (13, 13)


def test_many_layers_cost_no_more_than_few():
    assert run("folding", range(5000), layers=10**18) == list(range(5000))
    assert run("stair", range(50), sections=10**18, transition_ratio=0.02) == list(range(50))
