import numpy as np
import pytest

from gradatim.plans import Plan
from gradatim.training.batches import Batches
from gradatim.training.certificate import Certificate, compare, planned, write
from tests.gradatim.training import tiny


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    from gradatim.corpora.tokens import Tokens

    corpus = tiny.corpus(tmp_path_factory.mktemp("corpus"))
    plan = Plan(tiny.plan_of(corpus, tiny.run_of(corpus)).path)
    tokens = {corpus.dataset.digest: Tokens(corpus.tokens.path)}
    return plan, tokens, Batches(plan, tokens, batch_size=4, context=16)


def consume(made, change=None):
    plan, tokens, batches = made
    certificate = Certificate(plan)
    for step in range(batches.steps):
        batch = batches.batch(step)
        input_ids, samples = batch.input_ids.copy(), batch.samples.copy()
        if change is not None:
            change(step, input_ids, samples)
        certificate.update(input_ids, samples)
    return compare(certificate.steps, planned(plan, tokens, size=64))


def test_what_was_consumed_is_what_was_planned(made):
    assert consume(made) is None


def test_one_other_token_is_found_at_its_step(made):
    def change(step, input_ids, samples):
        if step == 7:
            input_ids[2, 5] += 1

    assert consume(made, change) == 8


def test_a_shuffled_batch_is_found_at_its_step(made):
    def change(step, input_ids, samples):
        if step == 4:
            order = np.array([1, 0, 2, 3])
            input_ids[:], samples[:] = input_ids[order], samples[order]

    assert consume(made, change) == 5


def test_another_sample_with_the_same_tokens_is_found(made):
    def change(step, input_ids, samples):
        if step == 2:
            samples[0, :3] = 0

    assert consume(made, change) == 3


def test_a_missing_step_is_a_difference():
    assert compare(["a", "b"], ["a", "b", "c"]) == 3
    assert compare(["a", "b", "c"], ["a", "b"]) == 3
    assert compare([], []) is None


def test_the_artifact_holds_the_chain_and_its_verdict(tmp_path):
    stored = write(tmp_path / "certificate", ["00" * 32, "11" * 32], None)
    assert (stored.path / "certificate.txt").read_text().split() == ["00" * 32, "11" * 32]
    assert stored.kind == "certificate"
    assert stored.meta == {"steps": 2, "matches": True, "first_difference": None, "digest": "11" * 32}
