from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradatim.chain import link_of
from gradatim.errors import UserError
from gradatim.packing import Packing
from gradatim.training.batches import Batches
from gradatim.training.certificate import Certificate, compare, planned


class Store:
    """Tokens in memory, as a tokens artifact shows them."""

    def __init__(self, lengths, base):
        self.offsets = np.concatenate([[0], np.cumsum(lengths)])
        self.data = (base + np.arange(self.offsets[-1])).astype(np.uint32)

    def sample(self, row):
        return self.data[self.offsets[row] : self.offsets[row + 1]]


def made_plan(phases, stores, budgets):
    """``phases``: one list of (stream, position) each; streams are numbered over the whole plan, as datasets are."""
    picks = [pick for phase in phases for pick in phase]
    streams = sorted({stream for stream, _ in picks})
    stops = np.cumsum([len(phase) for phase in phases]).tolist()
    entries = [
        {"name": f"phase{i}", "start": start, "stop": stop, "budget_tokens": budget}
        for i, (start, stop, budget) in enumerate(zip([0, *stops], stops, budgets, strict=False))
    ]
    return SimpleNamespace(
        stream=np.array([s for s, _ in picks], np.uint32),
        position=np.array([p for _, p in picks], np.uint32),
        epoch=np.arange(len(picks), dtype=np.uint32) // 3,
        tokens=np.array([len(stores[str(s)].sample(p)) for s, p in picks], np.uint32),
        streams=[{"name": f"stream{s}", "dataset": str(s), "phase": 0} for s in range(max(streams) + 1)],
        phases=entries,
    )


lengths = st.lists(st.integers(1, 30), min_size=1, max_size=6)


@st.composite
def plans(draw):
    stores = {str(k): Store(draw(lengths), 1000 * (k + 1)) for k in range(2)}
    picks = st.integers(0, 1).flatmap(lambda k: st.tuples(st.just(k), st.integers(0, len(stores[str(k)].offsets) - 2)))
    phases = draw(st.lists(st.lists(picks, min_size=5, max_size=25), min_size=1, max_size=3))
    totals = [sum(len(stores[str(s)].sample(p)) for s, p in phase) for phase in phases]
    size = draw(st.integers(1, min(totals)))
    return made_plan(phases, stores, totals), stores, size


@given(plans(), st.integers(1, 4))
def test_batches_are_each_phases_samples_one_after_the_other(made, rows):
    plan, stores, size = made
    context = max(1, size // rows)
    rows = min(rows, size // context)
    batches = Batches(plan, stores, batch_size=rows, context=context)
    for phase, entry in zip(batches.phases, plan.phases, strict=True):
        picked = range(entry["start"], entry["stop"])
        tokens = np.concatenate([stores[str(plan.stream[i])].sample(plan.position[i]) for i in picked])
        ids = np.concatenate([np.full(plan.tokens[i], i) for i in picked])
        whole = phase.steps * rows * context
        got = [batches.batch(step) for step in range(phase.first, phase.stop)]
        assert len(tokens) - whole < rows * context
        assert np.concatenate([b.input_ids.reshape(-1) for b in got]).tolist() == tokens[:whole].tolist()
        assert np.concatenate([b.samples.reshape(-1) for b in got]).tolist() == ids[:whole].tolist()
        assert all(b.input_ids.shape == (rows, context) and b.input_ids.dtype == np.int64 for b in got)


@given(plans())
def test_a_step_needs_no_step_before_it(made):
    plan, stores, size = made
    batches = Batches(plan, stores, batch_size=1, context=size)
    forward = [batches.batch(step).input_ids.tolist() for step in range(batches.steps)]
    backward = [batches.batch(step).input_ids.tolist() for step in reversed(range(batches.steps))]
    assert forward == backward[::-1]


@given(plans())
def test_a_faithful_trainer_comes_to_the_planned_chain(made):
    plan, stores, size = made
    batches = Batches(plan, stores, batch_size=1, context=size)
    certificate = Certificate(plan)
    for step in range(batches.steps):
        batch = batches.batch(step)
        certificate.update(batch.input_ids, batch.samples)
    expected = list(planned(plan, stores, size=size))
    assert len(expected) == batches.steps
    assert compare(certificate.steps, expected) is None


@given(plans())
def test_the_pieces_of_every_step_are_those_of_the_planned_chain(made):
    plan, stores, size = made
    packing, previous = Packing(plan, batch_size=1, context=size), ""
    for step, expected in enumerate(planned(plan, stores, size=size)):
        pieces = packing.pieces(step)
        assert pieces.tokens.sum() == size
        assert (pieces.skipped[1:] == 0).all()
        previous = link_of(previous, plan, stores, pieces)
        assert previous == expected


def test_a_budget_decides_the_steps_and_a_short_plan_is_said():
    stores = {"0": Store([10, 10, 10], 1)}
    picks = [(0, 0), (0, 1), (0, 2)]
    within = Batches(made_plan([picks], stores, [25]), stores, batch_size=2, context=5)
    assert [(p.steps, p.short) for p in within.phases] == [(2, False)]
    short = Batches(made_plan([picks], stores, [100]), stores, batch_size=2, context=5)
    assert [(p.steps, p.short) for p in short.phases] == [(3, True)]
    small = Batches(made_plan([picks], stores, [3]), stores, batch_size=2, context=5)
    assert small.steps == 1


def test_a_phase_without_a_whole_batch_is_refused():
    stores = {"0": Store([10], 1)}
    with pytest.raises(UserError, match="fewer than one batch") as caught:
        Batches(made_plan([[(0, 0)]], stores, [10]), stores, batch_size=2, context=8)
    assert caught.value.field == "recipe.batch_size"
