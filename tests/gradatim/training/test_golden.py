"""Numbers that a refactoring must leave as they are; a change of the mathematics changes them on purpose and says so."""

import pytest

from gradatim.events import Artifact, Metric
from gradatim.training.loop import train
from tests.gradatim.training import tiny

#: The last link of the certificate stands for every token, in its order.
CERTIFICATE = "3a5250e88811d68c59679d2d967f11efd355abdd6123349c257b4f2f24663073"
LOSSES = [5.71772, 5.48642, 4.20746, 3.41367, 3.53664, 3.46728, 3.36504, 3.67019, 3.36868, 3.44688, 3.70658, 3.61835]
#: step -> (nats a token of code, bits a byte of prose)
HELD_OUT = {0: (5.69120, 3.41578), 4: (3.70028, 2.03263), 8: (3.64683, 1.95405), 12: (3.36922, 2.03345)}


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    corpus = tiny.corpus(tmp_path_factory.mktemp("corpus"))
    run = tiny.run_of(corpus, phases=(512, 256))
    return list(train(run, corpus.inputs(tiny.plan_of(corpus, run)), tmp_path_factory.mktemp("out")))


def test_a_run_consumes_the_tokens_that_it_always_did(events):
    assert next(e for e in events if isinstance(e, Artifact)).meta["digest"] == CERTIFICATE


def test_a_run_has_the_losses_that_it_always_had(events):
    # Kernels of other processors round differently; a different model or optimizer is far outside of this.
    losses = [e.values["train/loss"] for e in events if isinstance(e, Metric) and "train/loss" in e.values]
    assert losses == pytest.approx(LOSSES, rel=2e-4)


def test_a_run_has_the_evaluations_that_it_always_had(events):
    found = {e.step: e.values for e in events if isinstance(e, Metric) and "eval/heldout/code/loss" in e.values}
    names = ("eval/heldout/code/loss", "eval/heldout/prose/bits_per_byte")
    for step, expected in HELD_OUT.items():
        assert [found[step][name] for name in names] == pytest.approx(expected, rel=2e-4)
