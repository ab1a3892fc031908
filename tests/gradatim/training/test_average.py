"""Averages of the weights in a run: what they are, that they are evaluated beside the last ones, and that a resume keeps them."""

import signal

import pytest
import torch

from gradatim import artifacts, specs
from gradatim.errors import UserError
from gradatim.events import Artifact, Metric, Resumed
from gradatim.training import checkpoint, models
from gradatim.training.loop import train
from tests.gradatim.training import tiny
from tests.gradatim.training.test_loop import child_of, interrupted, listen, products, series

LOSS = "heldout/prose/loss"
#: the weights after steps 8, 12, 16, 20 and 24 of 24
SPEC = {"method": "ema", "decay": 0.8, "every": 4, "last": 5}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny.corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def inputs(corpus):
    return corpus.inputs(tiny.plan_of(corpus, run_of(corpus, {})))


def run_of(corpus, averaging, **recipe):
    return tiny.run_of(corpus, phases=(1024, 512), averaging=averaging, **recipe)


@pytest.fixture(scope="module")
def averaged(corpus, inputs, tmp_path_factory):
    out = tmp_path_factory.mktemp("averaged")
    return out, list(train(run_of(corpus, SPEC), inputs, out))


@pytest.fixture(scope="module")
def plain(corpus, inputs, tmp_path_factory):
    return list(train(run_of(corpus, {}), inputs, tmp_path_factory.mktemp("plain")))


def test_the_average_is_evaluated_beside_the_last_weights_from_the_first_that_it_holds(averaged):
    found = series(averaged[1])
    assert [s for name, s in found if name == f"eval/{LOSS}"] == [0, 2, 4, 5, 10, 15, 16, 18, 20, 21, 24]
    assert [s for name, s in found if name == f"eval_averaged/{LOSS}"] == [10, 15, 16, 18, 20, 21, 24]
    assert found[f"eval_averaged/{LOSS}", 16][0] == 16 * 64
    assert "eval_averaged/heldout/prose/bits_per_byte" in {name for name, _ in found}
    assert found[f"eval_averaged/{LOSS}", 24][1] != found[f"eval/{LOSS}", 24][1]


def test_training_itself_and_its_certificate_are_those_of_a_run_without_an_average(averaged, plain):
    found = {key: value for key, value in series(averaged[1]).items() if not key[0].startswith("eval_averaged/")}
    assert found == series(plain)
    assert products(averaged[1])["certificate"][0] == products(plain)["certificate"][0]
    folder = averaged[0] / "checkpoint"
    assert (folder / "model.safetensors").read_bytes()
    assert "averaged" not in products(plain)["checkpoint"][1]


@pytest.mark.parametrize("method", ["ema", "sma"])
def test_the_kept_average_is_that_of_the_weights_that_were_taken(corpus, inputs, tmp_path, method):
    """Worked out from resume states, which keep the weights of those very steps."""
    spec = {"method": method, "every": 4, "last": 3}
    taken = []
    for step in (16, 20):
        interrupted(run_of(corpus, spec), inputs, tmp_path / str(step), step)
        taken.append(weights_in(next((tmp_path / str(step)).glob(f"resume-*{step}"))))
    list(train(run_of(corpus, spec), inputs, tmp_path / "out"))
    folder = tmp_path / "out" / "checkpoint"
    taken.append(weights_in(folder))
    shares = [1 / 3, 1 / 3, 1 / 3] if method == "sma" else [0.64, 0.16, 0.2]
    kept = checkpoint.read_averaged(folder)
    assert set(kept) == set(taken[0])
    for name, value in kept.items():
        expected = sum(share * weights[name].double() for share, weights in zip(shares, taken, strict=True))
        torch.testing.assert_close(value.double(), expected, rtol=1e-5, atol=1e-7)
    meta = artifacts.read(folder).meta["averaged"]
    assert (meta["method"], meta["weights"]) == (method, 3)


def weights_in(folder):
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


@pytest.mark.parametrize("step", [3, 9, 16, 23])
def test_a_stopped_run_goes_on_to_the_same_bits(corpus, inputs, averaged, tmp_path, step):
    run = run_of(corpus, SPEC)
    first = interrupted(run, inputs, tmp_path / "1", step)
    second = list(train(run, inputs, tmp_path / "2", (tmp_path / "1",)))
    assert [e.step for e in second if isinstance(e, Resumed)] == [step]
    assert series(first + second) == series(averaged[1])
    assert products(second) == products(averaged[1])


def test_a_killed_child_goes_on_with_average_answers_and_attention_to_the_same_bits(tmp_path):
    corpus = tiny.corpus(tmp_path, prompts=True)
    seldom = {"windows": 1, "dense_until": 0, "every": 15}
    every = {
        "evaluation": seldom,
        "averaging": SPEC | {"every": 5, "last": None},
        "loss_on": "answers",
        "attention": "within_samples",
    }
    run = tiny.run_of(corpus, phases=(40 * 64, 20 * 64), **every)
    inputs = corpus.inputs(tiny.plan_of(corpus, run))
    whole = list(train(run, inputs, tmp_path / "whole"))
    killed = child_of(tmp_path / "1", run, inputs)
    first = listen(killed, until=12)
    killed.kill()
    first += listen(killed)
    assert killed.wait(30) == -signal.SIGKILL
    killed.stdout.close()
    rest = list(train(run, inputs, tmp_path / "2", (tmp_path / "1" / "out",)))
    assert next(e.step for e in rest if isinstance(e, Resumed)) in range(10, 60, 10)
    assert series(first + rest) == series(whole)
    assert products(rest) == products(whole)


def test_a_run_can_start_from_the_average_of_another(corpus, averaged, tmp_path):
    base = artifacts.read(averaged[0] / "checkpoint")
    started = {}
    for weights in ("last", "averaged"):
        run = tiny.run_of(corpus, phases=(256,), model={"checkpoint": base.digest, "weights": weights})
        plan = tiny.plan_of(corpus, run, tmp_path / "plan")
        found = series(train(run, corpus.inputs(plan, base), tmp_path / weights))
        started[weights] = found[f"eval/{LOSS}", 0][1]
    found = series(averaged[1])
    assert started == {"last": found[f"eval/{LOSS}", 24][1], "averaged": found[f"eval_averaged/{LOSS}", 24][1]}


def test_a_checkpoint_without_an_average_is_refused_where_it_is_asked_for(tmp_path):
    model = models.build(specs.Model(preset="llama-1m"), vocab_size=300, context=16, seed=0)
    checkpoint.write_model(tmp_path / "checkpoint", model, None, {})
    with pytest.raises(UserError, match="holds no averaged weights"):
        models.load(tmp_path / "checkpoint", weights="averaged")


def test_the_evaluate_task_looks_at_the_average_where_it_is_asked_to(corpus, averaged, tmp_path):
    from gradatim.tasks import evaluate
    from gradatim.types import TaskContext

    base = artifacts.read(averaged[0] / "checkpoint")
    params = evaluate.Params(
        checkpoint=base.digest,
        tokenizer=corpus.tokenizer.digest,
        datasets=[corpus.dataset.digest],
        windows=4,
        weights="averaged",
    )
    events = list(evaluate.run(TaskContext(params, 0, corpus.inputs(base), tmp_path)))
    (metric,) = [e for e in events if isinstance(e, Metric)]
    assert metric.values[f"eval_averaged/{LOSS}"] == series(averaged[1])[f"eval_averaged/{LOSS}", 24][1]
    assert next(e for e in events if isinstance(e, Artifact)).meta["weights"] == "averaged"
