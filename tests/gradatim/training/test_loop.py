import json
import os
import signal
import subprocess
import sys

import pytest
import torch

from gradatim import artifacts, specs
from gradatim.errors import UserError
from gradatim.events import Artifact, Metric, Note, Progress, Resumed, Weights, from_line
from gradatim.training.loop import train
from gradatim.types import Stopped
from tests.gradatim.training import tiny

TIMED = "train/tokens_per_second"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny.corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def run(corpus):
    return tiny.run_of(corpus, phases=(1024, 512))


@pytest.fixture(scope="module")
def inputs(corpus, run):
    return corpus.inputs(tiny.plan_of(corpus, run))


@pytest.fixture(scope="module")
def unbroken(run, inputs, tmp_path_factory):
    return list(train(run, inputs, tmp_path_factory.mktemp("unbroken")))


def series(events):
    """{(metric, step): (tokens, value)} without what depends on the clock; a resume cuts what was measured later."""
    found = {}
    for event in events:
        if isinstance(event, Resumed):
            found = {key: value for key, value in found.items() if key[1] <= event.step}
        if isinstance(event, Metric):
            found |= {(n, event.step): (event.tokens, v) for n, v in event.values.items() if n != TIMED}
    return found


def products(events):
    return {event.role: (event.digest, event.meta) for event in events if isinstance(event, Artifact)}


def until_stopped(events):
    seen = []
    with pytest.raises(Stopped):
        for event in events:
            seen.append(event)
    return seen


def stop_after(step, seen):
    return lambda: any(isinstance(e, Metric) and e.step >= step and "train/loss" in e.values for e in seen[-3:])


def interrupted(run, inputs, out, step, previous=()):
    seen = []

    def events():
        for event in train(run, inputs, out, previous, stop_after(step, seen)):
            seen.append(event)
            yield event

    until_stopped(events())
    return seen


def test_a_run_evaluates_before_its_first_update_and_densely_after_every_phase_start(unbroken):
    steps = [s for name, s in series(unbroken) if name == "eval/heldout/prose/loss"]
    assert steps == [0, 2, 4, 5, 10, 15, 16, 18, 20, 21, 24]
    assert series(unbroken)["eval/heldout/prose/loss", 0][0] == 0
    assert series(unbroken)["eval/heldout/prose/loss", 16][0] == 16 * 64


def test_every_update_has_its_metrics_and_its_progress(unbroken):
    for name in ("train/loss", "train/lr", "train/grad_norm"):
        assert [s for n, s in series(unbroken) if n == name] == list(range(1, 25))
    progress = [e for e in unbroken if isinstance(e, Progress)]
    assert [e.done for e in progress] == list(range(1, 25))
    assert [e.phase for e in progress] == ["phase0"] * 16 + ["phase1"] * 8
    assert {(e.total, e.unit) for e in progress} == {(24, "steps")}
    assert series(unbroken)["train/loss", 1][0] == 0
    assert sum(TIMED in e.values for e in unbroken if isinstance(e, Metric)) == 2


def test_each_phase_has_its_own_schedule(unbroken):
    rates = [series(unbroken)["train/lr", step][1] for step in range(1, 25)]
    assert rates[0] == rates[16] == 0.01
    assert rates[15] < rates[14] < 0.001


def test_the_model_learns(unbroken):
    found = series(unbroken)
    assert found["eval/heldout/prose/loss", 24][1] < found["eval/heldout/prose/loss", 0][1] - 1


def test_planned_and_consumed_shares_are_of_the_phase_at_hand(unbroken):
    weights = [e for e in unbroken if isinstance(e, Weights)]
    assert [e.step for e in weights] == [2, 4, 5, 10, 15, 16, 18, 20, 21, 24]
    assert all(e.planned == {"old": 0.75, "new": 0.25} for e in weights)
    assert all(sum(e.consumed.values()) == pytest.approx(1) for e in weights)
    assert weights[5].consumed["old"] == pytest.approx(0.75, abs=0.05)


def test_consumed_is_planned_and_the_products_say_what_they_are(run, unbroken):
    made = products(unbroken)
    verdict = made["certificate"][1]
    assert verdict["matches"] is True
    assert verdict["steps"] == 24
    note = next(e for e in unbroken if isinstance(e, Note) and "certificate" in e.data)
    assert note.data["certificate"] == verdict
    meta = made["checkpoint"][1]
    assert (meta["step"], meta["tokens"], meta["final"]) == (24, 24 * 64, True)
    assert meta["run"] == specs.digest_of(run)


@pytest.mark.parametrize("step", [3, 10, 16, 23])
def test_a_stopped_run_goes_on_to_the_same_bits(run, inputs, unbroken, tmp_path, step):
    first = interrupted(run, inputs, tmp_path / "1", step)
    second = list(train(run, inputs, tmp_path / "2", (tmp_path / "1",)))
    assert [(e.step, e.tokens) for e in second if isinstance(e, Resumed)] == [(step, step * 64)]
    assert series(first + second) == series(unbroken)
    assert products(second) == products(unbroken)


def test_a_stopped_run_in_bf16_goes_on_to_the_same_bits(corpus, inputs, tmp_path):
    run = tiny.run_of(corpus, phases=(1024, 512), precision="bf16")
    unbroken = list(train(run, inputs, tmp_path / "unbroken"))
    first = interrupted(run, inputs, tmp_path / "1", 7)
    second = list(train(run, inputs, tmp_path / "2", (tmp_path / "1",)))
    assert series(first + second) == series(unbroken)
    assert products(second) == products(unbroken)


def test_a_run_that_is_stopped_twice_uses_its_newest_state(run, inputs, unbroken, tmp_path):
    first = interrupted(run, inputs, tmp_path / "1", 5)
    second = interrupted(run, inputs, tmp_path / "2", 12, (tmp_path / "1",))
    third = list(train(run, inputs, tmp_path / "3", (tmp_path / "2", tmp_path / "1")))
    assert [e.step for e in third if isinstance(e, Resumed)] == [12]
    assert series(first + second + third) == series(unbroken)
    assert products(third) == products(unbroken)


def test_a_damaged_state_is_passed_over(run, inputs, unbroken, tmp_path):
    first = interrupted(run, inputs, tmp_path / "1", 13)
    states = sorted(p.name for p in (tmp_path / "1").glob("resume-*"))
    assert states == ["resume-00000010", "resume-00000013"]
    with (tmp_path / "1" / states[1] / "model.safetensors").open("r+b") as file:
        file.seek(5000)
        file.write(b"damage")
    second = list(train(run, inputs, tmp_path / "2", (tmp_path / "1",)))
    assert [e.step for e in second if isinstance(e, Resumed)] == [10]
    assert series(first + second) == series(unbroken)
    assert products(second) == products(unbroken)


def test_the_state_of_another_run_is_not_taken(corpus, run, inputs, tmp_path):
    interrupted(run, inputs, tmp_path / "1", 3)
    other = tiny.run_of(corpus, phases=(1024, 512), checkpoint_every=7)
    events = list(train(other, inputs, tmp_path / "2", (tmp_path / "1",)))
    assert not [e for e in events if isinstance(e, Resumed)]
    assert sorted(p.name for p in (tmp_path / "2").glob("resume-*")) == ["resume-00000014", "resume-00000021"]


def test_two_threads_give_the_same_bits_as_one(run, inputs, unbroken, tmp_path):
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        events = list(train(run, inputs, tmp_path))
    finally:
        torch.set_num_threads(before)
    assert products(events) == products(unbroken)


def test_a_continuation_starts_where_its_base_ended(corpus, inputs, unbroken, tmp_path):
    digest, _ = products(unbroken)["checkpoint"]
    list(train(tiny.run_of(corpus, phases=(1024, 512)), inputs, tmp_path / "base"))
    base = artifacts.read(tmp_path / "base" / "checkpoint")
    assert base.digest == digest
    run = tiny.run_of(corpus, phases=(256,), model={"checkpoint": digest})
    (tmp_path / "plan").mkdir()
    plan = tiny.plan_of(corpus, run, tmp_path / "plan")
    events = list(train(run, corpus.inputs(plan, base), tmp_path / "next"))
    name = "eval/heldout/prose/loss"
    assert series(events)[name, 0][1] == series(unbroken)[name, 24][1]


def test_a_loss_that_is_no_number_ends_the_run_before_the_update(corpus, inputs, tmp_path):
    run = tiny.run_of(corpus, phases=(1024, 512), schedules=[{"peak": 1e30, "shape": "constant"}] * 2)
    with pytest.raises(FloatingPointError, match=r"of step \d+ is (nan|inf): lower the peak"):
        list(train(run, inputs, tmp_path))


def test_a_checkpoint_of_another_tokenizer_is_refused(corpus, inputs, unbroken, tmp_path):
    from gradatim.training import checkpoint, models

    model = models.build(specs.Model(preset="llama-1m"), vocab_size=2048, context=16, seed=0)
    (tmp_path / "tokenizer.json").write_text("{}")
    stored = checkpoint.write_model(tmp_path / "checkpoint", model, tmp_path / "tokenizer.json", {})
    run = tiny.run_of(corpus, phases=(1024, 512), model={"checkpoint": stored.digest})
    plan = inputs.find("plan")
    with pytest.raises(UserError, match="another tokenizer"):
        list(train(run, corpus.inputs(plan, stored), tmp_path / "out"))


@pytest.mark.parametrize("step", [16, 20])
def test_a_phase_that_begins_with_a_fresh_optimizer_resumes_to_the_same_bits(corpus, inputs, tmp_path, step):
    """Stopped where the phase begins, the saved state is that of the phase before: it is forgotten all the same."""
    shapes = [{"peak": 0.01, "shape": "rex"}, {"peak": 0.01, "shape": "wsd", "tail": "1-sqrt", "optimizer": "fresh"}]
    fresh = tiny.run_of(corpus, phases=(1024, 512), schedules=shapes)
    kept = tiny.run_of(corpus, phases=(1024, 512), schedules=[shapes[0], shapes[1] | {"optimizer": "kept"}])
    whole = list(train(fresh, inputs, tmp_path / "whole"))
    first = interrupted(fresh, inputs, tmp_path / "1", step)
    second = list(train(fresh, inputs, tmp_path / "2", (tmp_path / "1",)))
    assert series(first + second) == series(whole)
    assert products(second) == products(whole)
    assert sum("fresh state" in e.text for e in whole if isinstance(e, Note)) == 1
    other = series(train(kept, inputs, tmp_path / "kept"))
    assert other["train/loss", 17] == series(whole)["train/loss", 17]
    assert other["train/loss", 18] != series(whole)["train/loss", 18]


@pytest.fixture(scope="module")
def longer(corpus, tmp_path_factory):
    """A run of 120 updates with its inputs and its unbroken events: more than a child can say before it is heard."""
    run = tiny.run_of(corpus, phases=(80 * 64, 40 * 64))
    plan = tiny.plan_of(corpus, run, tmp_path_factory.mktemp("plan"))
    inputs = corpus.inputs(plan)
    return run, inputs, list(train(run, inputs, tmp_path_factory.mktemp("longer")))


def child_of(job, run, inputs, previous=()):
    """A process as a worker starts it, in the folder ``job``."""
    job.mkdir()
    folders = [str(inputs.find(kind).path) for kind in ("dataset", "tokenizer", "tokens", "plan")]
    document = {
        "format": 1,
        "task": "train",
        "params": {"run": run.model_dump(mode="json")},
        "seed": run.seed,
        "inputs": folders,
        "previous": [str(path) for path in previous],
    }
    (job / "job.json").write_text(json.dumps(document))
    return subprocess.Popen(
        [sys.executable, "-m", "gradatim", "work", str(job)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        pipesize=4096,  # a child that is not listened to waits, and so cannot end before it is killed
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


def listen(child, *, until=None):
    """The child's events up to its end, or up to the first metric of step ``until``."""
    seen = []
    for line in child.stdout:
        if not line.endswith("\n"):  # cut off by a kill
            break
        seen.append(from_line(line)[0])
        if until and isinstance(seen[-1], Metric) and seen[-1].step >= until:
            break
    return seen


def test_a_killed_child_resumes_to_the_same_bits(longer, tmp_path):
    run, inputs, unbroken = longer
    killed = child_of(tmp_path / "1", run, inputs)
    first = listen(killed, until=12)
    killed.kill()
    first += listen(killed)
    assert killed.wait(30) == -signal.SIGKILL
    killed.stdout.close()
    second = child_of(tmp_path / "2", run, inputs, [tmp_path / "1" / "out"])
    rest = listen(second)
    assert second.wait(30) == 0
    second.stdout.close()
    assert next(e.step for e in rest if isinstance(e, Resumed)) in range(10, 120, 10)
    assert series(first + rest) == series(unbroken)
    assert products(rest) == products(unbroken)


def test_a_child_that_is_asked_to_stop_leaves_its_state(longer, tmp_path):
    run, inputs, unbroken = longer
    child = child_of(tmp_path / "1", run, inputs)
    first = listen(child, until=3)
    child.terminate()
    first += listen(child)
    assert child.wait(30) == 75
    child.stdout.close()
    rest = list(train(run, inputs, tmp_path / "2", (tmp_path / "1" / "out",)))
    assert next(e.step for e in rest if isinstance(e, Resumed)) >= 3
    assert series(first + rest) == series(unbroken)
    assert products(rest) == products(unbroken)
