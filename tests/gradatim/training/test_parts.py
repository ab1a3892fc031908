"""Losses a part at a time are those of whole logits, with the same gradients."""

import numpy as np
import pytest
import torch

from gradatim.specs import Model
from gradatim.training import models, parts, rows, step


@pytest.fixture
def model():
    return models.build(Model(preset="llama-1m"), vocab_size=300, context=64, seed=4)


@pytest.fixture
def batch():
    ids = torch.from_numpy(np.random.default_rng(0).integers(0, 300, (9, 64)))
    targets = torch.from_numpy(rows.targets_of(ids.numpy()))
    targets[3, :40] = step.IGNORED
    return ids, targets


def whole(model, precision, ids, targets, reduction):
    with step.autocast(ids.device, precision):
        logits = model(input_ids=ids, use_cache=False).logits.float()
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction=reduction)


def gradients(model, loss):
    model.zero_grad()
    loss.backward()
    return [p.grad.clone() for p in model.parameters()]


@pytest.mark.parametrize(("precision", "apart"), [("fp32", 2e-6), ("bf16", 1e-5)])
def test_the_loss_of_every_token(model, batch, precision, apart):
    with torch.inference_mode():
        found = step.token_losses(model, precision)(*batch)
        expected = whole(model, precision, *batch, "none").reshape(found.shape)
    assert torch.allclose(found, expected, atol=apart)
    assert not found[batch[1] == step.IGNORED].any()


@pytest.mark.parametrize(("precision", "apart"), [("fp32", 1e-6), ("bf16", 2e-3)])
def test_the_mean_and_the_gradient_of_every_weight(model, batch, precision, apart):
    loss = step.mean_loss(model, precision)(*batch)
    expected = whole(model, precision, *batch, "mean")
    assert float(loss) == pytest.approx(float(expected), abs=1e-5)
    for ours, theirs in zip(gradients(model, loss), gradients(model, expected), strict=True):
        assert torch.allclose(ours, theirs, atol=apart)


def test_a_batch_that_predicts_nothing_costs_nothing(model, batch):
    ids, targets = batch[0], torch.full_like(batch[1], step.IGNORED)
    loss = step.mean_loss(model, "fp32")(ids, targets)
    assert loss == 0
    assert not any(gradient.any() for gradient in gradients(model, loss))
    with torch.inference_mode():
        assert not step.token_losses(model, "fp32")(ids, targets).any()


def test_the_size_of_a_part_does_not_matter(model, batch, monkeypatch):
    one = step.mean_loss(model, "fp32")(*batch)
    monkeypatch.setattr(parts, "PART", 7)
    other = step.mean_loss(model, "fp32")(*batch)
    assert float(one) == pytest.approx(float(other), abs=1e-6)


@pytest.mark.parametrize("scale", [0.1, 30.0, 3000.0], ids=["flat", "peaked", "far-beyond-exp"])
@pytest.mark.parametrize("words", [7, 512, 5000])
def test_the_stretch_of_words_does_not_matter_however_large_logits_are(monkeypatch, words, scale):
    monkeypatch.setattr(parts, "WORDS", words)
    generator = torch.Generator().manual_seed(0)
    states, weight = torch.randn(2, 9, 8, generator=generator), torch.randn(1100, 8, generator=generator) * scale
    targets = torch.randint(1100, (2, 9), generator=generator)
    found = parts.token_losses(states, weight, targets)
    logits = (states @ weight.t()).flatten(0, 1).double()
    expected = torch.nn.functional.cross_entropy(logits, targets.flatten(), reduction="none").reshape(2, 9)
    assert torch.allclose(found.double(), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("level", [-3000.0, -80.0, 0.0, 80.0, 3000.0])
def test_a_token_whose_logits_are_all_high_or_low_has_the_loss_of_the_differences(level):
    """A sum of powers that 32 bits cannot hold is taken another way, whichever of the tokens needs it."""
    generator = torch.Generator().manual_seed(0)
    states, weight = torch.ones(1, 9, 8), torch.randn(1100, 8, generator=generator) + level / 8
    states[0, ::2] = 0.0
    targets = torch.randint(1100, (1, 9), generator=generator)
    found = parts.token_losses(states, weight, targets)
    logits = (states.double() @ weight.t().double()).flatten(0, 1)
    expected = torch.nn.functional.cross_entropy(logits, targets.flatten(), reduction="none").reshape(1, 9)
    assert torch.allclose(found.double(), expected, rtol=1e-4, atol=1e-4)
