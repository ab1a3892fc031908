"""Suites from JSON Lines: what counts as a question, how answers are graded, and that what is bad is named."""

import json

import pytest

from gradatim import params as parameters
from gradatim import questions
from gradatim.errors import UserError
from gradatim.suites import exact_match, multiple_choice

CHOICES = ["red", "a very dark green", "blue"]


def lines(*records) -> bytes:
    return "\n".join(json.dumps(record) for record in records).encode()


def parsed(module, **values):
    return parameters.parse(module.Params, values)


@pytest.mark.parametrize(
    ("choices", "answer"),
    [
        (CHOICES, "blue"),
        (CHOICES, "C"),
        (CHOICES, 2),
        (CHOICES, "2"),
        ({"text": CHOICES, "label": ["1", "2", "3"]}, "3"),
        (["2", "1", "0"], "0"),
    ],
)
def test_the_right_choice_is_named_by_text_letter_label_or_place(choices, answer):
    (found,) = questions.parse(lines({"question": "Which?", "choices": choices, "answer": answer}), "multiple_choice")
    assert found.right == 2
    assert found.answer == found.choices[2]
    assert found.prompt == "Question: Which?\nAnswer:"


def test_the_likeliest_choice_is_taken_and_once_more_by_byte():
    (question,) = questions.parse(lines({"question": "?", "choices": CHOICES, "answer": 1}), "multiple_choice")
    # in the sum red is likeliest, by the byte the long one is
    assert multiple_choice.grade(question, [-6.0, -8.5, -9.0]) == {"accuracy": 0.0, "accuracy_normalised": 1.0}
    assert multiple_choice.grade(question, [-9.0, -8.5, -9.0]) == {"accuracy": 1.0, "accuracy_normalised": 1.0}
    assert multiple_choice.chance(question) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("written", "values", "right"),
    [
        (" 72\n\nQuestion: and 73?", {}, 1.0),
        (" SEVENTY", {}, 0.0),
        ("He has 48/2 = 24.\n#### 72", {"mark": "####"}, 1.0),
        ("72 at first\n#### 71", {"mark": "####", "stop": ""}, 0.0),
        ("so it is 72.00 dollars", {"compare": "number"}, 1.0),
        ("nothing", {"compare": "number"}, 0.0),
    ],
)
def test_what_was_written_is_compared_up_to_the_stop_and_after_the_mark(written, values, right):
    params = parsed(exact_match, **values)
    answer = "24 + 48\n#### 72" if "mark" in values else "72"
    question = exact_match.ask({"question": "How many?", "answer": answer}, params)
    assert question.answer == "72"
    assert exact_match.grade(question, written, params) == {"exact_match": right}


def test_numbers_are_compared_by_value():
    params = parsed(exact_match, compare="number")
    question = exact_match.ask({"prompt": "How much?", "answer": "$1,200"}, params)
    assert exact_match.grade(question, "about 1200.0", params) == {"exact_match": 1.0}


def test_lines_that_are_no_question_are_named_with_the_reason():
    data = lines({"question": "Which?", "choices": CHOICES, "answer": "D"}, {"choices": CHOICES}) + b"\n{broken"
    with pytest.raises(UserError) as caught:
        questions.parse(data, "multiple_choice")
    assert "line 1: answer is none of the choices" in caught.value.sentence
    assert "line 3: it is not JSON" in caught.value.sentence
    assert caught.value.field == "file"


@pytest.mark.parametrize(("data", "words"), [(b"", "no question"), (b"[1]", "no JSON object")])
def test_a_file_without_questions_is_refused(data, words):
    with pytest.raises(UserError, match=words):
        questions.parse(data, "exact_match")


def test_a_template_without_its_question_is_refused_at_its_field():
    with pytest.raises(UserError) as caught:
        questions.parse(lines({"question": "?", "answer": "1"}), "exact_match", {"template": "Answer:\\n"})
    assert caught.value.field == "params.template"


def test_a_suite_is_an_artifact_that_says_what_it_holds(tmp_path):
    records = [{"question": str(k), "choices": CHOICES, "answer": k % 3, "subject": "ab"[k % 2]} for k in range(6)]
    found = questions.parse(lines(*records), "multiple_choice", {"domain": "subject"})
    stored = questions.write(tmp_path / "suite", found, "multiple_choice", {"domain": "subject"})
    assert stored.meta["domains"] == {"a": 3, "b": 3}
    assert stored.meta["chance"] == pytest.approx(1 / 3, abs=1e-6)
    suite = questions.open_suite(stored.path)
    assert list(suite.questions) == found
    assert questions.first(stored.path, 2, 3) == found[3:5]
    again = questions.write(tmp_path / "again", found, "multiple_choice", {"domain": "subject"})
    assert again.digest == stored.digest


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"question": "\ud83d", "answer": "1"}, "half of a pair"),
        ({"question": "?", "answer": "72 ####"}, "nothing after the mark"),
        ({"question": "?", "answer": "#### 1", "kind": "a\0b"}, "names the domain"),
    ],
)
def test_what_cannot_be_stored_or_graded_is_no_question(record, words):
    params = {"mark": "####", "domain": "kind" if "kind" in record else ""}
    with pytest.raises(UserError, match=words):
        questions.parse(lines(record), "exact_match", params)


def test_a_file_may_be_long_but_not_without_bound():
    record = {"question": "?", "answer": "1"}
    with pytest.raises(UserError, match="at most 20,000"):
        questions.parse(lines(*[record] * 20_001), "exact_match")
    many = [record | {"id": str(k)} for k in range(201)]
    with pytest.raises(UserError) as caught:
        questions.parse(lines(*many), "exact_match", {"domain": "id"})
    assert caught.value.field == "params.domain"
    with pytest.raises(UserError, match="and 3 lines more"):
        questions.parse(lines(*[{}] * 8), "exact_match")


def test_a_parameter_that_cannot_be_stored_is_refused_at_its_field():
    with pytest.raises(UserError) as caught:
        questions.parse(lines({"question": "?", "answer": "1"}), "exact_match", {"stop": "\0"})
    assert caught.value.field == "params.stop"
