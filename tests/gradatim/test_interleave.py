"""The interleaver: its promise about deficits, closing streams, resuming, and the fast way beside the slow one."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradatim.interleave import Exhausted, Interleaver, Served, Source


def source(name: str, lengths: list[int], epochs: int | None = None) -> Source:
    """Each pass starts one sample later than the one before, so that passes can be told apart."""
    column = np.array(lengths, np.int32)

    def epoch(e: int):
        if epochs is not None and e >= epochs:
            return None
        positions = np.roll(np.arange(len(column), dtype=np.uint32), -e)
        return positions, column[positions]

    return Source(name, epoch)


def constant(**weights: float):
    return lambda progress: weights


def take_all(interleaver: Interleaver, sizes=None) -> Served:
    parts = []
    sizes = iter(sizes or [])
    while not interleaver.done:
        parts.append(interleaver.take(next(sizes, 1 << 18)))
    columns = ("stream", "position", "epoch", "tokens")
    return Served(*(np.concatenate([getattr(p, c) for p in parts]) for c in columns))


def assert_equal(a: Served, b: Served) -> None:
    for column in ("stream", "position", "epoch", "tokens"):
        np.testing.assert_array_equal(getattr(a, column), getattr(b, column))


lengths_lists = st.lists(st.integers(1, 50), min_size=1, max_size=20)
weight_values = st.floats(0.001, 1)
UNLIMITED = st.none()


@st.composite
def mixtures(draw, maximum=5, epochs=UNLIMITED):
    """(sources, constant weights, budget): streams of different sample lengths."""
    k = draw(st.integers(1, maximum))
    lengths = [draw(lengths_lists) for _ in range(k)]
    weights = {f"s{i}": draw(weight_values) for i in range(k)}
    return lengths, weights, draw(st.integers(1, 3000)), [draw(epochs) for _ in range(k)]


def build(mixture) -> Interleaver:
    lengths, weights, budget, epochs = mixture
    sources = [source(f"s{i}", column, e) for i, (column, e) in enumerate(zip(lengths, epochs, strict=True))]
    return Interleaver(sources, lambda progress: weights, budget)


@settings(deadline=None)
@given(mixtures())
def test_no_stream_is_ahead_by_more_than_one_sample_or_behind_by_more_than_the_others_together(mixture):
    interleaver = build(mixture)
    lengths, weights, budget, _ = mixture
    served = take_all(interleaver)
    k, longest, total = len(lengths), max(map(max, lengths)), sum(weights.values())
    shares = np.array([weights[f"s{i}"] / total for i in range(k)])
    one_hot = served.tokens[:, None] * (served.stream[:, None] == np.arange(k))
    deficits = shares * np.cumsum(served.tokens)[:, None] - np.cumsum(one_hot, axis=0)
    assert deficits.min() >= -longest - 1e-6
    assert deficits.max() <= (k - 1) * longest + 1e-6
    np.testing.assert_allclose(interleaver.deficits(), deficits[-1], atol=1e-6)


@settings(deadline=None)
@given(mixtures(epochs=st.integers(40, 80)))
def test_the_budget_is_reached_by_the_last_sample_and_every_stream_is_served_in_its_own_order(mixture):
    interleaver = build(mixture)
    lengths, _, budget, _ = mixture
    try:
        served = take_all(interleaver)
    except Exhausted:
        return
    assert served.tokens.sum() >= budget > served.tokens[:-1].sum()
    for k, column in enumerate(lengths):
        mine = served.stream == k
        n = len(column)
        count = int(mine.sum())
        epochs = np.arange(count) // n
        np.testing.assert_array_equal(served.epoch[mine], epochs)
        np.testing.assert_array_equal(served.position[mine], (np.arange(count) + epochs) % n)
        np.testing.assert_array_equal(served.tokens[mine], np.array(column)[served.position[mine]])
        last = np.roll(column, -(count // n))
        assert interleaver.epochs[k] == pytest.approx(count // n + last[: count % n].sum() / last.sum())


@settings(deadline=None)
@given(mixtures(epochs=st.none() | st.integers(1, 4)), st.lists(st.integers(1, 40), max_size=30), st.integers(0, 30))
def test_it_can_be_taken_in_pieces_and_resumed_anywhere_with_the_same_result(mixture, sizes, stop_after):
    def run(resume: bool):
        interleaver, parts = build(mixture), []
        try:
            for i, size in enumerate(sizes):
                if interleaver.done:
                    break
                if resume and i == stop_after:
                    state = json.loads(json.dumps(interleaver.state_dict()))
                    interleaver = build(mixture)
                    interleaver.load_state(state)
                parts.append(interleaver.take(size))
            parts.append(take_all(interleaver)) if not interleaver.done else None
        except Exhausted as exhausted:
            return parts, exhausted.missing, interleaver.closed
        return parts, 0, interleaver.closed

    (whole, missing, closed), (resumed, missing_again, closed_again) = run(False), run(True)
    assert (missing, closed) == (missing_again, closed_again)
    assert len(whole) == len(resumed)
    for a, b in zip(whole, resumed, strict=True):
        assert_equal(a, b)
    if not missing:
        columns = ("stream", "position", "epoch", "tokens")
        joined = Served(*(np.concatenate([getattr(p, c) for p in whole]) for c in columns))
        assert_equal(joined, take_all(build(mixture)))


@settings(deadline=None)
@given(mixtures(maximum=3, epochs=st.none() | st.integers(1, 3)), st.integers(1, 100))
def test_the_vectorised_way_of_one_stream_gives_what_the_loop_gives(mixture, size):
    results = []
    for vectorised in (True, False):
        interleaver = build(mixture)
        interleaver._vectorised = vectorised
        parts = []
        try:
            while not interleaver.done:
                parts.append(interleaver.take(size))
        except Exhausted as exhausted:
            parts.append(exhausted.missing)
        results.append((parts, interleaver.closed, interleaver.consumed, interleaver.epochs))
    (fast, *fast_rest), (slow, *slow_rest) = results
    assert fast_rest == slow_rest
    assert len(fast) == len(slow)
    for a, b in zip(fast, slow, strict=True):
        assert_equal(a, b) if isinstance(a, Served) else None
        assert isinstance(a, Served) or a == b


def test_equal_deficits_go_to_the_first_stream():
    served = take_all(Interleaver([source("a", [10] * 4), source("b", [10] * 4)], constant(a=1, b=1), 80))
    assert served.stream.tolist() == [0, 1, 0, 1, 0, 1, 0, 1]


def test_a_stream_of_weight_zero_is_never_served():
    sources = [source("a", [10]), source("b", [10]), source("c", [3])]
    served = take_all(Interleaver(sources, constant(a=0, b=0.3, c=0.7), 5000))
    assert set(served.stream.tolist()) == {1, 2}


def test_a_stream_without_a_further_pass_closes_and_the_others_share_its_weight():
    sources = [source("a", [10] * 5, epochs=2), source("b", [10] * 7), source("c", [10] * 7)]
    interleaver = Interleaver(sources, constant(a=0.5, b=0.3, c=0.2), 2000)
    served = take_all(interleaver)
    assert [closed.name for closed in interleaver.closed] == ["a"]
    assert 180 <= interleaver.closed[0].tokens <= 220
    assert interleaver.consumed[0] == 100
    after = served.stream[interleaver.closed[0].tokens // 10 :]
    assert np.bincount(after, minlength=3) / len(after) == pytest.approx([0, 0.6, 0.4], abs=0.01)


def test_running_out_says_how_many_tokens_are_missing():
    interleaver = Interleaver([source("a", [10] * 5, 1), source("b", [7] * 3, 1)], constant(a=1, b=1), 100)
    assert interleaver.take().tokens.sum() == 71
    with pytest.raises(Exhausted) as raised:
        interleaver.take()
    assert raised.value.missing == 29
    assert {closed.name for closed in interleaver.closed} == {"a", "b"}


def test_weights_follow_progress():
    sources = [source("old", [10] * 9), source("new", [10] * 9)]
    interleaver = Interleaver(sources, lambda p: {"old": 1 - p, "new": p}, 20_000)
    served = take_all(interleaver)
    quarters = served.stream[:2000].reshape(4, 500).mean(axis=1)
    assert quarters == pytest.approx([0.125, 0.375, 0.625, 0.875], abs=0.01)
    assert max(map(abs, interleaver.deficits())) <= 10


def test_a_stream_whose_weight_becomes_zero_is_left_alone_from_then_on():
    sources = [source("web", [10] * 9), source("code", [10] * 9)]
    interleaver = Interleaver(sources, lambda p: {"web": float(p < 0.5), "code": 1.0}, 20_000)
    served = take_all(interleaver)
    assert served.stream[:1000].mean() == pytest.approx(0.5, abs=0.01)
    assert served.stream[1001:].all()


def test_a_pass_without_samples_and_weights_that_are_no_weights_are_refused():
    with pytest.raises(ValueError, match="no samples"):
        Interleaver([source("a", [])], constant(a=1), 10).take()
    with pytest.raises(ValueError, match="not negative"):
        Interleaver([source("a", [1]), source("b", [1])], constant(a=2, b=-1), 10).take()
    with pytest.raises(ValueError, match="another number"):
        Interleaver([source("a", [1])], constant(a=1), 10).load_state(
            Interleaver([source("a", [1]), source("b", [1])], constant(a=1, b=1), 10).state_dict()
        )


def test_the_weights_in_force_are_renormalised_over_the_open_streams():
    interleaver = Interleaver([source("a", [10], 1), source("b", [10])], constant(a=3, b=1), 100)
    assert interleaver.weights == {"a": 0.75, "b": 0.25}
    take_all(interleaver)
    assert interleaver.weights == {"a": 0.0, "b": 1.0}


@pytest.mark.parametrize("size", [1, 7, 1 << 18])
def test_a_source_that_stops_ends_it_where_it_has_no_further_pass(size):
    def made():
        sources = [source("a", [2, 3], epochs=2), source("b", [1] * 9)]
        sources[0] = Source("a", sources[0].epoch, stops=True)
        return Interleaver(sources, constant(a=1, b=1), 100)

    interleaver, parts = made(), []
    while not interleaver.done:
        parts.append(interleaver.take(size))
        state = json.loads(json.dumps(interleaver.state_dict()))
        interleaver = made()
        interleaver.load_state(state)
    assert interleaver.stopped.name == "a"
    assert interleaver.stopped.tokens == interleaver.tokens == sum(int(part.tokens.sum()) for part in parts)
    assert interleaver.consumed[0] == 10
    assert interleaver.consumed[1] == pytest.approx(10, abs=3)
    assert len(interleaver.take()) == 0


def test_a_source_that_stops_alone_gives_all_of_its_passes():
    only = Source("a", source("a", [4, 5], epochs=3).epoch, stops=True)
    interleaver = Interleaver([only], constant(a=1), 1000)
    assert int(take_all(interleaver).tokens.sum()) == 27
    lasting = Interleaver([only], constant(a=1), 27)
    take_all(lasting)
    assert lasting.stopped is None
