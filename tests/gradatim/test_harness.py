"""Tasks of lm-evaluation-harness as questions: the conversion always, the package itself where it is installed."""

import json
import sys
from types import SimpleNamespace

import pytest

from gradatim import harness, questions
from gradatim.cli import main
from gradatim.errors import UserError

DOCS = [
    {"q": "Which is a fruit?", "opts": ["apple", "stone"], "gold": 0},
    {"q": "Which is a colour?", "opts": ["dog", "red"], "gold": 1},
    {"q": "Which is a number?", "opts": ["seven", "tree"], "gold": 0},
]


def task(**changes):
    """What the harness shows of a task, as far as it is read."""
    shown = {
        "OUTPUT_TYPE": "multiple_choice",
        "multiple_input": 0,
        "multiple_target": 0,
        "config": SimpleNamespace(target_delimiter=" "),
        "eval_docs": DOCS,
        "set_fewshot_seed": lambda seed: None,
        "doc_to_choice": lambda doc: doc["opts"],
        "doc_to_target": lambda doc: doc["gold"],
        "fewshot_context": lambda doc, count: "An example.\n\n" * count + f"Question: {doc['q']}\nAnswer:",
    }
    return SimpleNamespace(**shown | changes)


def test_prompts_are_kept_to_the_letter_and_right_answers_are_those_of_the_task():
    lines = "\n".join(json.dumps(record) for record in harness.records("mine", task(), fewshot=1)).encode()
    found = questions.parse(lines, "multiple_choice", {"template": harness.TEMPLATE, "domain": "domain"})
    assert [one.prompt for one in found] == [f"An example.\n\nQuestion: {doc['q']}\nAnswer:" for doc in DOCS]
    assert [one.answer for one in found] == ["apple", "red", "seven"]
    assert {one.domain for one in found} == {"mine"}
    assert len(list(harness.records("mine", task(), limit=2))) == 2
    by_text = task(doc_to_target=lambda doc: doc["opts"][doc["gold"]])
    assert list(harness.records("mine", by_text)) == list(harness.records("mine", task()))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"OUTPUT_TYPE": "generate_until"}, "generate_until"),
        ({"multiple_input": 2}, "several prompts"),
        ({"config": SimpleNamespace(target_delimiter="\n")}, "puts a space there"),
    ],
)
def test_a_task_that_a_suite_would_ask_differently_is_refused(changes, said):
    with pytest.raises(UserError, match=said) as caught:
        next(harness.records("mine", task(**changes)))
    assert caught.value.field == "task"


@pytest.mark.parametrize("right", ["plum", 2, -1], ids=["text", "beyond", "before"])
def test_a_right_answer_that_is_no_choice_is_named_and_nothing_is_left(right, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(harness, "tasks_of", lambda *_: {"mine": task(doc_to_target=lambda doc: right)})
    assert main(["harness", "mine", "--out", str(tmp_path / "q.jsonl")]) == 2
    assert "Question 1 of mine has no right answer among its choices" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_without_the_package_it_says_how_to_get_it(monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, "lm_eval", None)
    assert main(["harness", "arc_easy", "--out", str(tmp_path / "q.jsonl")]) == 2
    assert "gradatim[harness]" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_task_file_of_ones_own_is_read_by_the_package(monkeypatch, capsys, tmp_path):
    pytest.importorskip("lm_eval", reason="lm-evaluation-harness is not installed")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    (tmp_path / "q.jsonl").write_text("".join(json.dumps(doc) + "\n" for doc in DOCS))
    told = {
        "task": "mine",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(tmp_path / "q.jsonl")}},
        "test_split": "test",
        "output_type": "multiple_choice",
        "doc_to_text": "Question: {{q}}\nAnswer:",
        "doc_to_choice": "{{opts}}",
        "doc_to_target": "gold",
    }
    (tmp_path / "mine.yaml").write_text(json.dumps(told))
    out = tmp_path / "questions.jsonl"
    assert main(["harness", "mine", "--tasks", str(tmp_path), "--out", str(out)]) == 0
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert found == list(harness.records("mine", task()))
    for name, said in (("nonsense", "has no task"), ("arc_easy", "not at hand")):
        assert main(["harness", name, "--tasks", str(tmp_path), "--out", str(out)]) == 2
        assert said in capsys.readouterr().err
