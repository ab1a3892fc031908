"""A model's answers equal those that it gives to one question at a time, computed in the plainest way."""

import json

import pytest

from gradatim import questions
from gradatim.corpora.chat import Frame
from gradatim.corpora.tokenizers import Tokenizer
from gradatim.types import Stopped
from tests.gradatim.training import tiny

CONTEXT = 32


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return Tokenizer(tiny.corpus(tmp_path_factory.mktemp("corpus"), samples=60).tokenizer.path)


@pytest.fixture(scope="module")
def model(tokenizer):
    from gradatim import specs
    from gradatim.training import models

    made = models.build(specs.Model(preset="llama-1m"), vocab_size=tokenizer.vocab_size, context=CONTEXT, seed=5)
    return made.eval()


def suite_of(folder, method, records, **params):
    data = "\n".join(map(json.dumps, records)).encode()
    return questions.open_suite(questions.write(folder, questions.parse(data, method, params), method, params).path)


def answers(suite, tokenizer, model, **options):
    import torch

    from gradatim.training import step, suites

    losses = step.token_losses(model, "fp32")
    options = {"context": CONTEXT, "batch_size": 4, "device": torch.device("cpu")} | options
    return suites.Asking(tokenizer, model, losses, **options).scores(suite)


def likelihood(model, ids, start) -> float:
    import torch

    with torch.inference_mode():
        chances = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0].double().log_softmax(-1)
    return sum(float(chances[place - 1, ids[place]]) for place in range(start, len(ids)))


CHOICES = ["the model", "code again and again", "a step"]
RECORDS = [
    {"question": f"{'data in order ' * (k % 4)}{k}", "choices": CHOICES, "answer": k % 3, "kind": "xy"[k % 2]}
    for k in range(9)
]


def test_the_chosen_answers_are_those_of_one_row_at_a_time(tmp_path, tokenizer, model):
    suite = suite_of(tmp_path, "multiple_choice", RECORDS, template="{question}", domain="kind")
    expected = {"x": [], "y": []}
    for record in RECORDS:
        prompt = tokenizer.encode([record["question"]])[0]
        found = []
        for choice in CHOICES:
            whole = tokenizer.encode([f"{record['question']} {choice}"])[0]
            assert whole[: len(prompt)] == prompt
            found.append(likelihood(model, whole[-CONTEXT:], len(whole[-CONTEXT:]) - (len(whole) - len(prompt))))
        expected[record["kind"]].append(found.index(max(found)) == record["answer"])
    scores = answers(suite, tokenizer, model)
    assert {domain: found["accuracy"] for domain, found in scores.items()} == {
        domain: pytest.approx(sum(right) / len(right)) for domain, right in expected.items()
    }
    assert answers(suite, tokenizer, model, batch_size=27) == scores


def test_a_prompt_that_is_too_long_loses_its_beginning(tmp_path, tokenizer, model):
    short = {"question": "step by step", "choices": CHOICES, "answer": 0}
    suite = suite_of(tmp_path / "a", "multiple_choice", [{**short, "question": "loss " * 200}], template="{question}")
    assert set(answers(suite, tokenizer, model)["all"]) == {"accuracy", "accuracy_normalised"}
    long = {**short, "choices": ["data " * 100, "code"]}
    suite = suite_of(tmp_path / "b", "multiple_choice", [long], template="{question}")
    assert set(answers(suite, tokenizer, model)["all"]) == {"accuracy", "accuracy_normalised"}


def test_what_is_written_is_the_likeliest_token_after_the_likeliest(tmp_path, tokenizer, model):
    import torch

    records = []
    for text in ("the model", "code", "data in order and again"):
        ids = tokenizer.encode([text])[0]
        prompt = len(ids)
        with torch.inference_mode():
            for _ in range(6):
                ids.append(int(model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1].argmax()))
        records.append({"question": text, "answer": tokenizer.decode(ids[prompt:])})
    suite = suite_of(tmp_path, "exact_match", records, template="{question}", tokens=6, stop="")
    assert answers(suite, tokenizer, model) == {"all": {"exact_match": 1.0}}
    wrong = [{**record, "answer": "something else"} for record in records]
    suite = suite_of(tmp_path / "wrong", "exact_match", wrong, template="{question}", tokens=6, stop="")
    assert answers(suite, tokenizer, model, batch_size=1) == {"all": {"exact_match": 0.0}}


@pytest.mark.parametrize("method", ["multiple_choice", "exact_match"])
def test_it_stops_between_two_batches(tmp_path, tokenizer, model, method):
    record = {"question": "which", "answer": "a step"} | ({"choices": CHOICES} if method == "multiple_choice" else {})
    suite = suite_of(tmp_path, method, [record])
    with pytest.raises(Stopped):
        answers(suite, tokenizer, model, should_stop=lambda: True)


def test_a_run_is_asked_at_its_cadence_and_learns_the_same(tmp_path):
    from gradatim.events import Artifact, Metric
    from gradatim.training.loop import train

    corpus = tiny.corpus(tmp_path)
    found = questions.parse("\n".join(map(json.dumps, RECORDS)).encode(), "multiple_choice", {"domain": "kind"})
    suite = questions.write(tmp_path / "suite", found, "multiple_choice", {"domain": "kind"})
    plain = tiny.run_of(corpus, phases=(384, 192))
    evaluation = plain.recipe.evaluation.model_copy(update={"suites": {"steps": suite.digest}, "suites_every": 4})
    asked = plain.model_copy(update={"recipe": plain.recipe.model_copy(update={"evaluation": evaluation})})
    inputs = corpus.inputs(tiny.plan_of(corpus, plain), suite)
    events = {name: list(train(run, inputs, tmp_path / name)) for name, run in (("plain", plain), ("asked", asked))}
    points = [e.step for e in events["asked"] if isinstance(e, Metric) and "eval/steps/x/accuracy" in e.values]
    assert points == [0, 4, 6, 9], "each four steps of a phase, and where it ends"
    weights = {
        name: next(e for e in made if isinstance(e, Artifact) and e.role == "certificate").digest
        for name, made in events.items()
    }
    assert weights["plain"] == weights["asked"]
    files = [(tmp_path / name / "checkpoint" / "model.safetensors").read_bytes() for name in events]
    assert files[0] == files[1]


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_what_is_written_does_not_depend_on_what_is_asked_beside_it(tmp_path, tokenizer, model, precision):
    import torch

    from gradatim.training import step

    step.place(model, torch.device("cpu"), precision)
    records = [{"question": "data in order " * (k % 5) + str(k), "answer": "x"} for k in range(10)]
    suite = suite_of(tmp_path, "exact_match", records, template="{question}", tokens=5, stop="")
    asking = {size: suites_asking(tokenizer, model, precision, size)._written(suite) for size in (1, 10)}
    assert dict(asking[1]) == dict(asking[10])
    step.place(model, torch.device("cpu"), "fp32")


def suites_asking(tokenizer, model, precision, size):
    import torch

    from gradatim.training import step, suites

    losses = step.token_losses(model, precision)
    options = {"context": CONTEXT, "batch_size": size, "device": torch.device("cpu"), "precision": precision}
    return suites.Asking(tokenizer, model, losses, **options)


@pytest.mark.parametrize("asked_at", ["the start", "the middle", "the end"])
def test_a_stop_among_the_questions_is_resumed_to_the_same_bits(tmp_path, asked_at):
    from gradatim.training.loop import train

    corpus = tiny.corpus(tmp_path)
    found = questions.parse("\n".join(map(json.dumps, RECORDS)).encode(), "multiple_choice", {"domain": "kind"})
    suite = questions.write(tmp_path / "suite", found, "multiple_choice", {"domain": "kind"})
    plain = tiny.run_of(corpus, phases=(384,))
    evaluation = plain.recipe.evaluation.model_copy(update={"suites": {"steps": suite.digest}, "suites_every": 2})
    run = plain.model_copy(update={"recipe": plain.recipe.model_copy(update={"evaluation": evaluation})})
    inputs = corpus.inputs(tiny.plan_of(corpus, run), suite)
    list(train(run, inputs, tmp_path / "whole"))
    step, steps = {"the start": 0, "the middle": 2, "the end": 6}[asked_at], []

    def in_the_middle_of_them() -> bool:
        """The held-out text was read last, so that the questions are asked now."""
        return bool(steps) and steps[-1] == step

    with pytest.raises(Stopped):
        for event in train(run, inputs, tmp_path / "first", should_stop=in_the_middle_of_them):
            if event.kind == "metric" and "eval/heldout/prose/loss" in event.values:
                steps.append(event.step)
    list(train(run, inputs, tmp_path / "second", (tmp_path / "first",)))
    files = [(tmp_path / name / "checkpoint" / "model.safetensors").read_bytes() for name in ("whole", "second")]
    assert files[0] == files[1]


@pytest.mark.parametrize("method", ["multiple_choice", "exact_match"])
def test_questions_in_the_form_of_a_chat_template_read_as_its_text(tmp_path, tokenizer, model, method):
    chatty = Tokenizer(tokenizer.folder)
    chatty.chat = Frame("step ", " by ", "", trims_prompt=False, trims_answer=False)
    records = RECORDS if method == "multiple_choice" else [{"question": "data", "answer": "a"}]
    framed = suite_of(tmp_path / "a", method, records, template="{question}", chat=True)
    spelled = suite_of(tmp_path / "b", method, records, template="step {question} by ")
    assert answers(framed, chatty, model) == answers(spelled, tokenizer, model)
    plain = suite_of(tmp_path / "c", method, records, template="{question}")
    assert answers(framed, tokenizer, model) == answers(plain, tokenizer, model), "without a template it is left out"


def test_what_closes_an_answer_in_a_chat_template_ends_what_is_written(tmp_path, tokenizer, model, monkeypatch):
    import torch

    chatty = Tokenizer(tokenizer.folder)
    chatty.backend.add_special_tokens(["<|im_end|>"])
    chatty.chat = Frame("step ", " by ", "<|im_end|>\n", trims_prompt=False, trims_answer=False)
    (step, more), closing = chatty.encode(["step", "again"]), chatty.backend.token_to_id("<|im_end|>")
    asked = []

    def generate(input_ids, eos_token_id, **options):
        asked.append(eos_token_id)
        return torch.cat([input_ids, torch.tensor([[*step, closing, *more]])], dim=1)

    monkeypatch.setattr(model, "generate", generate)
    suite = suite_of(tmp_path, "exact_match", [{"question": "a", "answer": "step"}], template="{question}", chat=True)
    assert list(answers(suite, chatty, model).values()) == [{"exact_match": 1.0}]
    assert asked == [[chatty.end_of_text, closing]]
