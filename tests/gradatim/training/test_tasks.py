import json

import pytest

from gradatim import artifacts, params, questions
from gradatim.errors import UserError
from gradatim.events import Artifact, Metric
from gradatim.tasks import evaluate, train
from gradatim.types import TaskContext
from tests.gradatim.training import tiny


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny.corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def trained(corpus, tmp_path_factory):
    run = tiny.run_of(corpus, phases=(512,))
    out = tmp_path_factory.mktemp("out")
    values = params.parse(train.Params, {"run": run.model_dump(mode="json")})
    events = list(train.run(TaskContext(values, run.seed, corpus.inputs(tiny.plan_of(corpus, run)), out)))
    return events, out


def test_the_train_task_trains_the_run_of_its_document(trained):
    events, out = trained
    assert [e.role for e in events if isinstance(e, Artifact)] == ["certificate", "checkpoint"]
    assert artifacts.verify(out / "checkpoint").meta["step"] == 8


def test_the_evaluate_task_repeats_the_runs_last_evaluation(corpus, trained, tmp_path):
    events, out = trained
    stored = artifacts.read(out / "checkpoint")
    last = [e for e in events if isinstance(e, Metric) and "eval/heldout/prose/loss" in e.values][-1]
    given = {"checkpoint": stored.digest, "tokenizer": corpus.tokenizer.digest, "datasets": [corpus.dataset.digest]}
    values = params.parse(evaluate.Params, given | {"windows": 4})
    found = list(evaluate.run(TaskContext(values, 0, corpus.inputs(stored), tmp_path)))
    metric = next(e for e in found if isinstance(e, Metric))
    assert (metric.step, metric.tokens, metric.values) == (8, 512, last.values)
    sealed = artifacts.verify(tmp_path / "evaluation")
    assert json.loads((sealed.path / "values.json").read_bytes()) == last.values
    assert (sealed.kind, sealed.meta["context"]) == ("evaluation", 16)


def test_a_run_whose_plan_is_not_at_hand_says_so(corpus, tmp_path):
    run = tiny.run_of(corpus, phases=(576,))
    values = params.parse(train.Params, {"run": run.model_dump(mode="json")})
    with pytest.raises(UserError, match="no plan artifact at hand"):
        list(train.run(TaskContext(values, 0, corpus.inputs(), tmp_path)))


def test_the_evaluate_task_answers_a_suite_of_questions(corpus, trained, tmp_path):
    stored = artifacts.read(trained[1] / "checkpoint")
    records = [{"question": f"step {k}", "choices": ["by step", "code falls"], "answer": 0} for k in range(5)]
    found = questions.parse("\n".join(map(json.dumps, records)).encode(), "multiple_choice")
    suite = questions.write(tmp_path / "suite", found, "multiple_choice")
    given = {"checkpoint": stored.digest, "tokenizer": corpus.tokenizer.digest, "suites": {"steps": suite.digest}}
    values = params.parse(evaluate.Params, given)
    said = list(evaluate.run(TaskContext(values, 0, corpus.inputs(stored, suite), tmp_path)))
    metric = next(e for e in said if isinstance(e, Metric))
    assert metric.values.keys() == {"eval/steps/all/accuracy", "eval/steps/all/accuracy_normalised"}
    assert all(0 <= value <= 1 for value in metric.values.values())
    with pytest.raises(UserError, match="Name datasets or suites"):
        nothing = params.parse(evaluate.Params, {**given, "suites": {}})
        list(evaluate.run(TaskContext(nothing, 0, corpus.inputs(stored), tmp_path)))
