"""The loss on answers alone, and attention within samples: against plain computations, and through a whole run."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from gradatim import artifacts, specs
from gradatim.corpora.store import Dataset
from gradatim.corpora.tokenizers import Tokenizer
from gradatim.corpora.tokens import Tokens
from gradatim.errors import UserError
from gradatim.events import Note, Resumed
from gradatim.plans import Plan
from gradatim.training import batches, evaluate, models, rows, step
from gradatim.training.loop import train
from tests.gradatim.training import tiny
from tests.gradatim.training.test_loop import interrupted, products, series

CPU = torch.device("cpu")
SETTINGS = {"answers": {"loss_on": "answers"}, "within": {"attention": "within_samples"}}
SETTINGS["both"] = SETTINGS["answers"] | SETTINGS["within"]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny.corpus(tmp_path_factory.mktemp("corpus"), samples=600, prompts=True)


@pytest.fixture(scope="module")
def plan(corpus):
    return tiny.plan_of(corpus, run_of(corpus))


@pytest.fixture(scope="module")
def inputs(corpus, plan):
    return corpus.inputs(plan)


@pytest.fixture(scope="module")
def model():
    return models.build(specs.Model(preset="llama-1m"), vocab_size=300, context=256, seed=0).eval()


def run_of(corpus, **recipe):
    return tiny.run_of(corpus, phases=(1024, 512), context=32, batch_size=2, **recipe)


def test_the_tokens_say_where_each_prompt_ends(corpus):
    dataset, tokens, tokenizer = (
        Dataset(corpus.dataset.path),
        Tokens(corpus.tokens.path),
        Tokenizer(corpus.tokenizer.path),
    )
    assert tokens.meta["prompts"] == 400
    for row in dataset.rows_at(range(12)):
        counted, sample = tokens.prompts[row["position"]], tokens.sample(row["position"])
        assert tokenizer.decode(sample[:counted]) == (f"{row['prompt']}\n" if row["prompt"] else "")
        assert tokenizer.decode(sample[counted:-1]) == row["text"]


def test_a_token_across_the_border_belongs_to_the_answer_and_an_empty_answer_has_none():
    from tokenizers import Tokenizer as Backend
    from tokenizers import models as kinds

    vocab = {"a": 0, "\n": 1, "b": 2, "\u00fc": 3, "\nb": 4}
    given = Tokenizer.__new__(Tokenizer)
    given.backend = Backend(kinds.BPE(vocab, [("\n", "b")]))
    ids, before = given.encode_parted(["\u00fca\nba", "aa\na", "aa\n", "aaa"], [3, 3, 3, 0])
    assert ids == [[3, 0, 4, 0], [0, 0, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert before == [2, 3, 3, 0]


def test_a_batch_says_which_of_its_tokens_are_of_answers(corpus, plan):
    tokens, plan = Tokens(corpus.tokens.path), Plan(plan.path)
    given = batches.Batches(plan, {tokens.meta["dataset"]: tokens}, batch_size=2, context=32, loss_on="answers")
    place = {}
    for number in range(16):
        batch = given.batch(number)
        for sample, answer in zip(batch.samples.reshape(-1), batch.answers.reshape(-1), strict=True):
            within = place[sample] = place.get(sample, -1) + 1
            assert answer == (within >= tokens.prompts[plan.position[sample]])
    assert given.prompted


def test_tokens_without_counted_prompts_are_refused_and_serve_all_else(corpus, inputs, tmp_path):
    old = tmp_path / "tokens"
    old.mkdir()
    for name in ("tokens.bin", "offsets.npy"):
        (old / name).write_bytes((corpus.tokens.path / name).read_bytes())
    meta = {key: value for key, value in corpus.tokens.meta.items() if key != "prompts"}
    older = tiny.Tiny(corpus.dataset, corpus.tokenizer, artifacts.seal(old, "tokens", meta), tmp_path)
    stored = older.inputs(inputs.find("plan"))
    with pytest.raises(UserError, match="count its tokens again") as refused:
        list(train(run_of(corpus, loss_on="answers"), stored, tmp_path / "1"))
    assert refused.value.field == "recipe.loss_on"
    names = {name for name, _ in series(train(run_of(corpus), stored, tmp_path / "2"))}
    assert "eval/heldout/prose/loss" in names and "eval/heldout/prose/answer_loss" not in names


def test_the_loss_of_a_step_is_the_mean_over_the_tokens_of_answers(corpus, plan, inputs, tmp_path):
    run = run_of(corpus, loss_on="answers")
    found = series(train(run, inputs, tmp_path))
    tokens = Tokens(corpus.tokens.path)
    batch = batches.Batches(
        Plan(plan.path), {corpus.dataset.digest: tokens}, batch_size=2, context=32, loss_on="answers"
    ).batch(0)
    fresh = models.build(run.recipe.model, vocab_size=corpus.tokenizer.meta["vocab_size"], context=32, seed=run.seed)
    ids = torch.from_numpy(batch.input_ids)
    with torch.no_grad():
        each = cross_entropy(fresh(input_ids=ids).logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
    counted = torch.from_numpy(batch.answers)[:, 1:].flatten()
    assert 0 < counted.sum() < counted.numel()
    assert found["train/loss", 1][1] == pytest.approx(each[counted].mean().item(), rel=1e-5)
    assert found["train/loss_tokens", 1][1] == counted.sum()


def test_a_batch_without_an_answer_has_the_loss_and_the_gradient_zero(model):
    ids = np.arange(32).reshape(2, 16)
    loss = step.mean_loss(model, "fp32", partial=True)(*rows.rows_of(ids, CPU, answers=np.zeros_like(ids, bool)))
    loss.backward()
    assert loss.item() == 0
    assert all(p.grad.abs().max() == 0 for p in model.parameters())
    model.zero_grad()


def test_a_step_without_an_answer_has_no_loss_in_its_series_and_training_goes_on(corpus, inputs, tmp_path):
    run = tiny.run_of(corpus, phases=(1024, 512), context=8, batch_size=1, loss_on="answers")
    found = series(train(run, inputs, tmp_path))
    counted = {s: value for (name, s), (_, value) in found.items() if name == "train/loss_tokens"}
    without = [s for s, value in counted.items() if value == 0]
    assert len(counted) == 192 and without
    assert all(("train/loss", s) not in found and found["train/grad_norm", s][1] == 0 for s in without)
    assert all(("train/loss", s) in found for s in counted if s not in without)


def test_the_partial_mean_over_all_tokens_is_the_mean(model):
    given = rows.rows_of(np.arange(48).reshape(3, 16), CPU)
    whole, partial = (step.mean_loss(model, "fp32", partial=partial)(*given).item() for partial in (False, True))
    assert partial == pytest.approx(whole, rel=1e-6)


def test_the_loss_on_held_out_answers_is_that_of_their_tokens_alone(corpus, model):
    source = Dataset(corpus.dataset.path), Tokens(corpus.tokens.path)
    code, prose = evaluate.held_out([source], windows=4, context=32)
    found = evaluate.evaluate(step.token_losses(model, "fp32"), [code, prose], batch_size=3, device=CPU)
    assert code.answers is None and "answer_loss" not in found["code"]
    ids = torch.from_numpy(prose.windows)
    with torch.no_grad():
        each = cross_entropy(model(input_ids=ids).logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
    counted = torch.from_numpy(prose.answers)[:, 1:].flatten()
    assert found["prose"]["answer_loss"] == pytest.approx(each[counted].double().mean().item(), rel=1e-6)
    assert found["prose"]["loss"] == pytest.approx(each.double().mean().item(), rel=1e-6)
    assert (
        evaluate.metrics("heldout", [prose], found)["eval/heldout/prose/answer_loss"] == found["prose"]["answer_loss"]
    )


def test_a_packed_sample_has_the_losses_that_it_has_alone(corpus, model):
    """Also of models with learned positions, which see where a sample begins."""
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=300, n_positions=2048, n_embd=32, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0
    )
    tokens = Tokens(corpus.tokens.path)
    samples = [np.asarray(tokens.sample(row), np.int64) for row in range(9)]
    ids = np.concatenate(samples)[None]
    numbers = np.repeat(np.arange(9), [len(sample) for sample in samples])[None]
    for other in (model, step.place(GPT2LMHeadModel(config).eval(), CPU, "fp32")):
        step.check_within(other, 256)
        losses = step.token_losses(other, "fp32")
        with torch.no_grad():
            packed = losses(*rows.rows_of(ids, CPU, samples=numbers))[0].split([len(sample) for sample in samples])
            alone = [losses(*rows.rows_of(sample[None], CPU))[0] for sample in samples]
            across = losses(*rows.rows_of(ids, CPU))[0]
        for one, two in zip(packed, alone, strict=True):
            torch.testing.assert_close(one, two, rtol=1e-5, atol=1e-5)
        assert (torch.cat(alone) - across).abs().max() > 1e-3


def test_positions_start_anew_with_each_sample_and_each_row():
    samples = np.array([[4, 4, 4, 5, 6, 6], [6, 6, 7, 7, 7, 7]])
    assert rows.positions_of(samples).tolist() == [[0, 1, 2, 0, 0, 1], [0, 1, 0, 1, 2, 3]]
    targets = rows.rows_of(np.arange(12).reshape(2, 6), CPU, samples=samples).targets
    assert targets.tolist() == [[1, 2, -100, -100, 5, -100], [7, -100, 9, 10, 11, -100]]


def test_a_model_that_looks_back_through_a_window_is_refused(model):
    model.config.sliding_window = 16
    try:
        with pytest.raises(UserError, match="cannot be kept within samples"):
            step.check_within(model, 32)
    finally:
        del model.config.sliding_window


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_stopped_run_goes_on_to_the_same_bits_and_consumes_what_every_run_does(corpus, inputs, tmp_path, setting):
    run = run_of(corpus, **SETTINGS[setting])
    whole = list(train(run, inputs, tmp_path / "whole"))
    first = interrupted(run, inputs, tmp_path / "1", 7)
    second = list(train(run, inputs, tmp_path / "2", (tmp_path / "1",)))
    assert [e.step for e in second if isinstance(e, Resumed)] == [7]
    assert series(first + second) == series(whole)
    assert products(second) == products(whole)
    verdict = products(whole)["certificate"][1]
    plain = products(train(run_of(corpus), inputs, tmp_path / "plain"))["certificate"][1]
    assert (verdict["matches"], verdict["digest"]) == (True, plain["digest"])
    told = " ".join(event.text for event in whole if isinstance(event, Note))
    assert ("loss on answers" in told, "within samples" in told) == (setting != "within", setting != "answers")


def test_within_samples_trains_in_bf16_too(corpus, inputs, tmp_path):
    exact, rounded = (
        series(train(run_of(corpus, attention="within_samples", precision=precision), inputs, tmp_path / precision))
        for precision in ("fp32", "bf16")
    )
    assert rounded["train/loss", 1][1] == pytest.approx(exact["train/loss", 1][1], rel=5e-3)
    assert rounded["train/loss", 24][1] < rounded["train/loss", 1][1]
