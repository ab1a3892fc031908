import math

import numpy as np
import pytest
import torch

from gradatim.corpora.store import Dataset
from gradatim.corpora.tokens import Tokens
from gradatim.specs import Model
from gradatim.training import evaluate, models, rows, step
from tests.gradatim.training import tiny

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny.corpus(tmp_path_factory.mktemp("corpus"), samples=1500)


@pytest.fixture(scope="module")
def source(corpus):
    return Dataset(corpus.dataset.path), Tokens(corpus.tokens.path)


@pytest.fixture(scope="module")
def model():
    return models.build(Model(preset="llama-1m"), vocab_size=300, context=64, seed=0).eval()


def test_windows_hold_the_held_out_samples_of_one_domain_in_dataset_order(source):
    dataset, tokens = source
    code, prose = evaluate.held_out([source], windows=2, context=16)
    assert [code.name, prose.name] == ["code", "prose"]
    held = np.flatnonzero(dataset.held_out() & (dataset.domain_codes() == 1))
    stream = np.concatenate([tokens.sample(row) for row in held])
    assert prose.windows.tolist() == stream[:32].reshape(2, 16).tolist()
    assert prose.tokens == len(stream)
    assert prose.bytes == dataset.byte_counts()[held].sum()
    assert code.windows.shape == (2, 16)


def test_all_windows_of_a_domain_are_whole(source):
    _, prose = evaluate.held_out([source], windows=10_000, context=16)
    assert prose.windows.shape == (prose.tokens // 16, 16)


def test_a_domain_smaller_than_a_window_is_one_shorter_row(source):
    code, _ = evaluate.held_out([source], windows=4, context=100_000)
    assert code.windows.shape == (1, code.tokens)
    assert code.usable


def test_domains_of_one_name_in_two_datasets_are_one(source):
    once = evaluate.held_out([source], windows=10_000, context=16)
    twice = evaluate.held_out([source, source], windows=10_000, context=16)
    assert [d.tokens for d in twice] == [2 * d.tokens for d in once]
    assert [d.bytes for d in twice] == [2 * d.bytes for d in once]


def test_the_loss_is_the_mean_over_predicted_tokens(source, model):
    domains = evaluate.held_out([source], windows=5, context=16)
    found = evaluate.evaluate(step.token_losses(model, "fp32"), domains, batch_size=2, device=CPU)
    for domain in domains:
        ids = torch.from_numpy(domain.windows)
        with torch.no_grad():
            log_p = model(input_ids=ids).logits.log_softmax(-1)[:, :-1]
        expected = -log_p.gather(-1, ids[:, 1:, None]).double().mean().item()
        assert found[domain.name] == {"loss": pytest.approx(expected, rel=1e-6)}


def test_bits_per_byte_counts_the_whole_held_out_part():
    domain = evaluate.Domain("code", np.zeros((1, 4), np.int64), tokens=300, bytes=1000)
    assert domain.bits_per_byte(2.0) == pytest.approx(0.3 * 2 / math.log(2))
    assert evaluate.metrics("heldout", [domain], {"code": {"loss": 2.0}}) == {
        "eval/heldout/code/loss": 2.0,
        "eval/heldout/code/bits_per_byte": pytest.approx(0.3 * 2 / math.log(2)),
    }


def test_a_domain_without_a_token_to_predict_is_left_out(model):
    empty = evaluate.Domain("empty", np.zeros((0, 16), np.int64), tokens=0, bytes=0)
    single = evaluate.Domain("single", np.zeros((1, 1), np.int64), tokens=1, bytes=0)
    assert evaluate.evaluate(step.token_losses(model, "fp32"), [empty, single], batch_size=2, device=CPU) == {}
    assert evaluate.metrics("heldout", [empty, single], {}) == {}


def test_the_mean_loss_is_the_mean_of_the_token_losses(model):
    ids = torch.arange(48).reshape(3, 16)
    targets = torch.from_numpy(rows.targets_of(ids.numpy()))
    losses = step.token_losses(model, "fp32")(ids, targets)
    assert losses.shape == (3, 16)
    assert losses[:, -1].abs().max() == 0
    assert step.mean_loss(model, "fp32")(ids, targets).item() == pytest.approx(losses.sum().item() / 45, rel=1e-6)


def test_wide_attention_changes_bf16_losses_by_rounding_only(model):
    ids = torch.arange(48).reshape(3, 16)
    exact = step.mean_loss(model, "fp32")(ids, torch.from_numpy(rows.targets_of(ids.numpy()))).item()
    placed = step.place(models.build(Model(preset="llama-1m"), vocab_size=300, context=64, seed=0), CPU, "bf16")
    loss = step.mean_loss(placed, "bf16")(ids, torch.from_numpy(rows.targets_of(ids.numpy())))
    loss.backward()
    assert loss.item() == pytest.approx(exact, rel=5e-3)
    assert all(p.grad is not None and p.grad.dtype == torch.float32 for p in placed.parameters())
