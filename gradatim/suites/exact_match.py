"""Exact match: the model writes an answer, greedily, and it has to be the right one.

A record has ``question`` (or ``prompt``) and ``answer``. Only what follows the last mark counts where a mark is given, on both sides:
GSM8K's answers end in ``#### 72``. Texts are compared without the spaces around them and regardless of case, numbers by value (the last
number in each text, commas left out).

Source: Cobbe et al. 2021 (GSM8K, the mark ####); measure as exact_match of lm-evaluation-harness (Gao et al. 2021)
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from gradatim.errors import UserError
from gradatim.params import param
from gradatim.questions import Question, domain_of, lines_of, prompt_of

title = "Exact match"
version = 1
measures = ("exact_match",)
generates = True

_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?|-?\.\d+")


@dataclass(frozen=True, slots=True)
class Params:
    template: str = param(
        "Question: {question}\\nAnswer:",
        help="What the model reads; {question} is the record's own, and \\n a line break.",
        max_length=4000,
    )
    mark: str = param("", help="Only what follows its last occurrence counts, for example ####.", max_length=100)
    compare: Literal["text", "number"] = param("text", help="Whole texts, or the last number in each.")
    tokens: int = param(32, help="The model writes at most so many.", label="Tokens at most", ge=1, le=2048)
    stop: str = param(
        "\\n\\n", help="The answer ends before this text; \\n is a line break. Empty: it does not.", max_length=100
    )
    chat: bool = param(
        False, help="Ask in the form of the tokenizer's chat template, where it has one.", label="Chat template"
    )
    domain: str = param(
        "", help="Field of a record that says its domain; empty: all questions are one.", max_length=200
    )


def ask(record: dict[str, Any], params: Params) -> Question:
    answer = record.get("answer")
    if isinstance(answer, bool) or not isinstance(answer, str | int | float) or not str(answer).strip():
        raise UserError("answer is a text or a number")
    wanted = _counted(str(answer), params)
    if not wanted:
        raise UserError("there is nothing after the mark in the answer")
    if params.compare == "number" and _number(wanted) is None:
        raise UserError("there is no number in the answer")
    return Question(prompt=prompt_of(record, params.template), answer=wanted, domain=domain_of(record, params.domain))


def grade(question: Question, written: str, params: Params) -> dict[str, float]:
    """``written``: what the model wrote after the prompt."""
    if params.stop:
        written = written.split(lines_of(params.stop), 1)[0]
    found = _counted(written, params)
    if params.compare == "number":
        right = _number(found) is not None and _number(found) == _number(question.answer)
    else:
        right = found.strip().casefold() == question.answer.strip().casefold()
    return {"exact_match": float(right)}


def chance(question: Question) -> float:
    """What guessing scores."""
    return 0.0


def _counted(text: str, params: Params) -> str:
    return (text.rpartition(params.mark)[2] if params.mark else text).strip()


def _number(text: str) -> Decimal | None:
    found = _NUMBER.findall(text)
    return Decimal(found[-1].replace(",", "")) if found else None
