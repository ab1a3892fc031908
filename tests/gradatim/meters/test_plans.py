"""The meters of a plan are of what training consumes, in training's own batches."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradatim.errors import UserError
from gradatim.meters import batches, measure
from gradatim.meters.plans import Source, _consumed, of_plan
from gradatim.training.batches import Batches


def plan_of(phases: list[list[tuple[int, int]]], lengths: np.ndarray, budgets: list[int]):
    """A plan in memory: each phase a list of (stream, position); lengths by position, whatever the stream."""
    picks = [pick for phase in phases for pick in phase]
    stops = np.cumsum([len(phase) for phase in phases]).tolist()
    entries = [
        {"name": f"phase-{i}", "start": start, "stop": stop, "budget_tokens": budget}
        for i, (start, stop, budget) in enumerate(zip([0, *stops], stops, budgets, strict=False))
    ]
    position = np.array([p for _, p in picks], np.uint32)
    return SimpleNamespace(
        stream=np.array([s for s, _ in picks], np.uint32),
        position=position,
        tokens=lengths[position].astype(np.uint32),
        streams=[{"dataset": "d"}] * (max(s for s, _ in picks) + 1),
        phases=entries,
    )


def source(scores, key: str = "s", codes=None, names=("all",)) -> Source:
    codes = np.zeros(len(scores), np.int32) if codes is None else codes
    return Source(key, np.asarray(scores, np.float32), codes, list(names))


@given(st.lists(st.lists(st.integers(1, 30), min_size=4, max_size=25), min_size=1, max_size=3), st.data())
def test_batches_are_those_that_training_makes(phases, data):
    lengths = np.array([length for phase in phases for length in phase])
    places = iter(range(len(lengths)))
    picks = [[(0, next(places)) for _ in phase] for phase in phases]
    budgets = [data.draw(st.integers(1, sum(phase))) for phase in phases]
    plan = plan_of(picks, lengths, budgets)
    rows, context = data.draw(st.integers(1, 3)), data.draw(st.integers(1, max(1, min(map(sum, phases)) // 3)))
    if rows * context > min(map(sum, phases)):
        return
    tokens = SimpleNamespace(
        offsets=np.concatenate([[0], np.cumsum(lengths)]), data=np.zeros(int(lengths.sum()), np.uint32)
    )
    trained = Batches(plan, {"d": tokens}, batch_size=rows, context=context)
    seen, expected = set(), []
    for step in range(trained.steps):
        fresh = {int(i) for i in trained.batch(step).samples.ravel()} - seen
        seen |= fresh
        expected += [sorted(fresh)] if fresh else []
    consumed, stops, steps = _consumed(plan, rows * context)
    assert steps == trained.steps
    assert consumed.tolist() == sorted(seen)
    assert [part.tolist() for part in np.split(consumed, stops[:-1])] == expected


def test_a_plan_of_one_stream_is_measured_as_its_order():
    rng = np.random.default_rng(0)
    scores, order = rng.random(500), rng.permutation(500)
    plan = plan_of([[(0, int(p)) for p in order]], np.full(500, 10), [5000])
    found = of_plan(plan, [source(scores)], batch_size=4, context=25)
    assert found.overall == measure(scores[order].astype(np.float32), batches.of_samples(500, 10), np.zeros(500))
    assert (found.steps, found.consumed, found.scored, found.sampled, found.domains) == (50, 500, 500, False, {})


def test_what_is_left_at_a_phases_end_does_not_count():
    plan = plan_of([[(0, p) for p in range(25)], [(0, p) for p in range(25, 50)]], np.full(50, 10), [250, 250])
    found = of_plan(plan, [source(np.arange(50))], batch_size=1, context=100)
    assert (found.steps, found.consumed) == (4, 40)
    assert found.overall.batches == 4


def test_a_phase_of_less_than_a_batch_is_refused():
    plan = plan_of([[(0, p) for p in range(5)]], np.full(5, 10), [50])
    with pytest.raises(UserError, match="phase-0 plans 50 tokens, fewer than one batch of 64") as refused:
        of_plan(plan, [source(np.arange(5))], batch_size=1, context=64)
    assert refused.value.field == "batch"


def test_each_domain_is_measured_by_itself_in_the_batches_of_all():
    codes = np.arange(400) % 2
    scores = np.where(codes == 0, np.arange(400), -np.arange(400))  # one domain rises, the other falls
    plan = plan_of([[(0, p) for p in range(400)]], np.full(400, 10), [4000])
    found = of_plan(plan, [source(scores, codes=codes, names=["code", "prose"])], batch_size=1, context=80)
    assert list(found.domains) == ["code", "prose"]
    assert found.domains["code"].boundary.trend == pytest.approx(1)
    assert found.domains["prose"].boundary.trend == pytest.approx(-1)
    assert found.domains["code"].batch == 4 and found.overall.batch == 8
    assert found.overall.diversity.domains == pytest.approx(1)


def test_streams_with_score_sets_of_their_own_are_ranked_each_among_its_own():
    small, large = np.arange(100), 1000 + np.arange(100)
    picks = [(k % 2, k // 2) for k in range(200)]
    plan = plan_of([picks], np.full(100, 10), [2000])
    found = of_plan(plan, [source(small, "a"), source(large, "b")], batch_size=1, context=100)
    assert found.overall.boundary.trend == pytest.approx(1, abs=1e-3)
    one_set = of_plan(plan, [source(small, "a"), source(large, "a")], batch_size=1, context=100)
    assert one_set.overall.boundary.trend < 0.6


def test_streams_without_scores_count_in_no_meter_and_a_plan_of_them_has_none():
    picks = [(k % 2, k // 2) for k in range(200)]
    plan = plan_of([picks], np.full(100, 10), [2000])
    half = of_plan(plan, [source(np.arange(100)), None], batch_size=1, context=100)
    assert (half.consumed, half.scored, half.overall.samples, half.overall.batches) == (200, 100, 100, 20)
    none = of_plan(plan, [None, None], batch_size=1, context=100)
    assert (none.scored, none.overall, none.domains) == (0, None, {})


def test_of_a_large_plan_a_random_part_is_measured_in_its_batches():
    scores = np.arange(20_000)
    plan = plan_of([[(0, p) for p in range(20_000)]], np.full(20_000, 10), [200_000])
    whole = of_plan(plan, [source(scores)], batch_size=4, context=160)
    part = of_plan(plan, [source(scores)], batch_size=4, context=160, most=5_000)
    assert part.sampled and not whole.sampled
    assert part.consumed == part.scored == whole.consumed == 19_968
    assert part.overall.samples == pytest.approx(5_000, rel=0.1)
    assert part.overall.boundary.end == pytest.approx(whole.overall.boundary.end, abs=0.02)
    assert part.overall.cycles.legs == whole.overall.cycles.legs == 1


def test_many_domains_are_named_up_to_a_dozen():
    codes = np.repeat(np.arange(15), np.arange(1, 16) * 4)
    plan = plan_of([[(0, p) for p in range(len(codes))]], np.full(len(codes), 10), [10 * len(codes)])
    names = [f"domain-{k:02}" for k in range(15)]
    found = of_plan(plan, [source(np.arange(len(codes)), codes=codes, names=names)], batch_size=1, context=80)
    assert list(found.domains) == [f"domain-{k:02}" for k in range(14, 2, -1)]
    assert found.left_out == 3
