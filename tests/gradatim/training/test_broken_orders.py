"""Every way in which trainers are known to break an order, done to ours on purpose: the certificate names the first step.

The trainer is the real one, with its real model; what is broken is the loader that it is given, or the state from which it
resumes. The step that must be named comes from laying the batches of the broken loader beside those of the whole one.
"""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from gradatim.chain import link_of
from gradatim.corpora.tokens import Tokens
from gradatim.events import Artifact, Metric
from gradatim.packing import Packing
from gradatim.plans import Plan
from gradatim.training import batches as loaders
from gradatim.training.batches import Batch, Batches
from gradatim.training.loop import train
from gradatim.types import Stopped
from tests.gradatim.training import tiny

SHAPE = {"batch_size": 4, "context": 16}
SIZE = 4 * 16


class Whole(Batches):
    """As it is: the control."""


class ShufflesBatches(Batches):
    """``shuffle=True``: the batches of the plan in another order."""

    def batch(self, step):
        return super().batch(int(np.random.default_rng(7).permutation(self.steps)[step]))


class ShufflesInABuffer(Batches):
    """A shuffle buffer that fills up: from the fifth step on the rows of a batch change places."""

    def batch(self, step):
        whole = super().batch(step)
        rows = np.random.default_rng(step).permutation(4) if step >= 4 else np.arange(4)
        return Batch(whole.input_ids[rows], whole.samples[rows])


class DropsThePhasesLastBatch(Batches):
    """``drop_last`` where a phase ends: the next phase comes one step early."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        first, second = self.phases
        self.phases = [replace(first, steps=first.steps - 1), replace(second, first=second.first - 1)]
        self.steps = self.phases[-1].stop


class DropsTheRunsLastBatch(Batches):
    """``drop_last`` at the end of the run: everything up to there is right."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.phases[-1] = replace(self.phases[-1], steps=self.phases[-1].steps - 1)
        self.steps = self.phases[-1].stop


class TwoWorkersTakeTurns(Batches):
    """Two loader workers with half of the plan each, asked in turn."""

    def batch(self, step):
        return super().batch(step // 2 + step % 2 * ((self.steps + 1) // 2))


class OneWorkerOvertakes(Batches):
    """Two loader workers whose batches are taken as they come: the seventh is ready before the sixth."""

    def batch(self, step):
        return super().batch({5: 6, 6: 5}.get(step, step))


class PacksByColumns(Batches):
    """The phase's tokens in as many long rows as a batch has, read side by side: each row is a place of its own."""

    def batch(self, step):
        phase = self.phase_of(step)
        whole = [super(PacksByColumns, self).batch(k) for k in range(phase.first, phase.stop)]
        at = slice((step - phase.first) * 16, (step - phase.first + 1) * 16)
        ids, samples = (
            np.concatenate([getattr(b, name).reshape(-1) for b in whole]).reshape(4, -1)[:, at]
            for name in ("input_ids", "samples")
        )
        return Batch(ids, samples)


class CutsSamplesAtRows(Batches):
    """Packing without carrying over: what of a sample does not fit in its row is thrown away."""

    def batch(self, step):
        whole = super().batch(step)
        ids, samples = whole.input_ids.copy(), whole.samples.copy()
        for row in range(1, 4):
            carried = samples[row] == samples[row - 1, -1]
            if carried.any() and not carried.all():
                ids[row] = np.roll(ids[row], -carried.sum())
                samples[row] = np.roll(samples[row], -carried.sum())
        return Batch(ids, samples)


class SkipsASample(Batches):
    """A sample in the middle is left out without a word, as one that is too long or cannot be read."""

    def __init__(self, plan, tokens, **kwargs):
        skipped = int(np.searchsorted(np.cumsum(plan.tokens), 5.5 * SIZE))
        self.kept = np.delete(np.arange(len(plan)), skipped)
        columns = {name: getattr(plan, name)[self.kept] for name in ("stream", "position", "epoch", "tokens")}
        ends = [phase["stop"] - (phase["stop"] > skipped) for phase in plan.phases]
        phases = [p | {"start": a, "stop": b} for p, a, b in zip(plan.phases, [0, *ends], ends, strict=False)]
        super().__init__(SimpleNamespace(**columns, streams=plan.streams, phases=phases), tokens, **kwargs)

    def batch(self, step):
        whole = super().batch(step)
        return Batch(whole.input_ids, self.kept[whole.samples])


class ReadsOtherTokens(Batches):
    """The right samples of another tokenizer's cache: one token differs."""

    def batch(self, step):
        whole = super().batch(step)
        if step == 8:
            whole.input_ids[3, 15] ^= 1
        return whole


class StartsAnew(Batches):
    """A loader that counts for itself and begins at the first batch again when the run resumes."""

    taken = 0

    def batch(self, step):
        self.taken += 1
        return super().batch(self.taken - 1)


class LosesWhatWasPrefetched(Batches):
    """A loader whose batch that was read ahead is lost when the run is stopped: after it all come one too early."""

    first = None

    def batch(self, step):
        self.first = step if self.first is None else self.first
        return super().batch(min(step + (self.first > 0), self.steps - 1))


class RepeatsTheLastBatch(Batches):
    """A state saved before its step was counted: the batch before the stop comes twice."""

    first = None

    def batch(self, step):
        self.first = step if self.first is None else self.first
        return super().batch(step - (self.first > 0))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny.corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def run(corpus):
    evaluation = {"windows": 1, "dense_every": 50, "dense_until": 0, "every": 50}
    return tiny.run_of(corpus, phases=(8 * SIZE, 4 * SIZE), evaluation=evaluation, **SHAPE)


@pytest.fixture(scope="module")
def plan(corpus, run):
    return tiny.plan_of(corpus, run)


def verdict(events):
    return next(event.meta for event in events if isinstance(event, Artifact) and event.role == "certificate")


def stopped_at(step, run, inputs, out, loader, monkeypatch):
    """An attempt that was told to stop after ``step``, its state saved."""
    monkeypatch.setattr(loaders, "Batches", loader)
    seen = []
    with pytest.raises(Stopped):
        for event in train(run, inputs, out, (), lambda: any(e.step >= step for e in seen if isinstance(e, Metric))):
            seen.append(event)


def first_difference(loader, corpus, plan, resumed_at=0):
    """The first step (from 1) whose tokens, or the samples that they are said to be of, are not the plan's."""
    tokens = {corpus.dataset.digest: Tokens(corpus.tokens.path)}
    whole, broken = (kind(Plan(plan.path), tokens, **SHAPE) for kind in (Batches, loader))
    for step in range(resumed_at, whole.steps):
        if step >= broken.steps:
            return step + 1
        one, other = whole.batch(step), broken.batch(step)
        if not (np.array_equal(one.input_ids, other.input_ids) and np.array_equal(one.samples, other.samples)):
            return step + 1
    return None


@pytest.mark.parametrize(
    ("loader", "step"),
    [
        (Whole, None),
        (ShufflesBatches, 1),
        (ShufflesInABuffer, 5),
        (DropsThePhasesLastBatch, 8),
        (DropsTheRunsLastBatch, 12),
        (TwoWorkersTakeTurns, 2),
        (OneWorkerOvertakes, 6),
        (PacksByColumns, 1),
        (CutsSamplesAtRows, 2),
        (SkipsASample, 6),
        (ReadsOtherTokens, 9),
    ],
)
def test_a_broken_loader_is_found_at_its_first_step(loader, step, corpus, run, plan, tmp_path, monkeypatch):
    assert first_difference(loader, corpus, plan) == step
    monkeypatch.setattr(loaders, "Batches", loader)
    found = verdict(train(run, corpus.inputs(plan), tmp_path))
    assert (found["matches"], found["first_difference"]) == (step is None, step)
    shorter = (DropsThePhasesLastBatch, DropsTheRunsLastBatch, SkipsASample)
    assert found["steps"] == (11 if loader in shorter else 12)


@pytest.mark.parametrize(
    ("loader", "step"),
    [(Whole, None), (StartsAnew, 6), (LosesWhatWasPrefetched, 6), (RepeatsTheLastBatch, 6)],
)
def test_a_resume_at_a_wrong_place_is_found_at_its_first_step(loader, step, corpus, run, plan, tmp_path, monkeypatch):
    inputs = corpus.inputs(plan)
    stopped_at(5, run, inputs, tmp_path / "1", loader, monkeypatch)
    found = verdict(train(run, inputs, tmp_path / "2", (tmp_path / "1",)))
    assert first_difference(loader, corpus, plan, resumed_at=5) == step
    assert (found["matches"], found["first_difference"], found["steps"]) == (step is None, step, 12)
    assert first_difference(loader, corpus, plan) is None, "unbroken, this loader keeps the order: the resume breaks it"


def test_what_a_page_shows_of_a_step_is_what_the_trainer_certified(corpus, run, plan, tmp_path):
    list(train(run, corpus.inputs(plan), tmp_path))
    certified = (tmp_path / "certificate" / "certificate.txt").read_text().split()
    planned, tokens = Plan(plan.path), {corpus.dataset.digest: Tokens(corpus.tokens.path)}
    packing, previous = Packing(planned, **SHAPE), ""
    assert packing.steps == len(certified) == 12
    for step, link in enumerate(certified):
        previous = link_of(previous, planned, tokens, packing.pieces(step))
        assert previous == link


def test_chains_that_differ_once_differ_to_the_end(corpus, run, plan, tmp_path, monkeypatch):
    chains = []
    for loader in (Whole, ReadsOtherTokens):
        monkeypatch.setattr(loaders, "Batches", loader)
        list(train(run, corpus.inputs(plan), tmp_path / loader.__name__))
        chains.append((tmp_path / loader.__name__ / "certificate" / "certificate.txt").read_text().split())
    same = [one == other for one, other in zip(*chains, strict=True)]
    assert same == [True] * 8 + [False] * 4
