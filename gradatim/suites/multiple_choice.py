"""Multiple choice by likelihood: of the answers offered, the model chooses the one that it finds likeliest after the question.

Nothing is generated, so a small model can be told from chance long before it writes well. ``accuracy`` goes by the summed
log-likelihood of an answer's tokens, ``accuracy_normalised`` by that sum over the answer's bytes, which takes the advantage
from short answers. A record has ``question`` (or ``prompt``), ``choices`` (a list, or a mapping with ``text`` and ``label``) and ``answer``:
the text of the right choice, its letter or label, or its place counted from 0.

Source: Brown et al. 2020 (likelihood of answers, section 2.4); measures as acc and acc_norm of lm-evaluation-harness (Gao et al. 2021)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from gradatim.errors import UserError
from gradatim.params import param
from gradatim.questions import Question, domain_of, prompt_of

title = "Multiple choice"
version = 1
measures = ("accuracy", "accuracy_normalised")
generates = False


@dataclass(frozen=True, slots=True)
class Params:
    template: str = param(
        "Question: {question}\\nAnswer:",
        help="What the model reads; {question} is the record's own, and \\n a line break.",
        max_length=4000,
    )
    chat: bool = param(
        False, help="Ask in the form of the tokenizer's chat template, where it has one.", label="Chat template"
    )
    domain: str = param(
        "", help="Field of a record that says its domain; empty: all questions are one.", max_length=200
    )


def ask(record: dict[str, Any], params: Params) -> Question:
    choices, labels = _choices(record.get("choices"))
    right = _place(record.get("answer"), choices, labels)
    return Question(
        prompt=prompt_of(record, params.template),
        answer=choices[right],
        domain=domain_of(record, params.domain),
        choices=choices,
        right=right,
    )


def grade(question: Question, likelihoods: Sequence[float]) -> dict[str, float]:
    """``likelihoods``: the summed log-likelihood of each choice, in nats. Of equals the first is chosen."""
    by_byte = [found / max(1, len(text.encode())) for found, text in zip(likelihoods, question.choices, strict=True)]
    chosen = {"accuracy": _highest(likelihoods), "accuracy_normalised": _highest(by_byte)}
    return {name: float(place == question.right) for name, place in chosen.items()}


def chance(question: Question) -> float:
    """What guessing scores."""
    return 1 / len(question.choices)


def _highest(values: Sequence[float]) -> int:
    return max(range(len(values)), key=lambda place: values[place])


def _choices(given: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    labels: Any = None
    if isinstance(given, dict):
        given, labels = given.get("text"), given.get("label")
    if not isinstance(given, list) or len(given) < 2 or not all(isinstance(one, str) and one for one in given):
        raise UserError("choices is a list of at least two texts")
    if not isinstance(labels, list) or len(labels) != len(given):
        labels = list(ascii_uppercase[: len(given)])
    return tuple(given), tuple(str(label) for label in labels)


def _place(answer: Any, choices: tuple[str, ...], labels: tuple[str, ...]) -> int:
    if isinstance(answer, int) and not isinstance(answer, bool) and 0 <= answer < len(choices):
        return answer
    if isinstance(answer, str):
        for known in (choices, labels):
            if answer in known:
                return known.index(answer)
        if answer.isdecimal() and int(answer) < len(choices):
            return int(answer)
    raise UserError("answer is none of the choices, their letters, or their places counted from 0")
