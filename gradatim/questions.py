"""The questions of an evaluation suite: read from JSON Lines, kept as an artifact of kind "suite"."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gradatim import artifacts, registry
from gradatim import params as parameters
from gradatim.errors import UserError

#: A suite is evaluated while a model trains: more questions than that cost more than they tell.
MOST = 20_000
#: The domain of questions that have none.
EVERYTHING = "all"
#: Every domain has series of its own.
MOST_DOMAINS = 200
MOST_CHOICES = 100
#: So many bad lines are named.
NAMED = 5


@dataclass(frozen=True, slots=True)
class Question:
    """``answer`` follows ``prompt``; of ``choices``, where there are any, it is the one at place ``right``."""

    prompt: str
    answer: str
    domain: str = EVERYTHING
    choices: tuple[str, ...] = ()
    right: int = -1


@dataclass(frozen=True, slots=True)
class Suite:
    """An opened suite: its way of asking (a module of ``gradatim.suites``) with parameters, and its questions."""

    digest: str
    meta: dict
    module: Any
    params: Any
    questions: tuple[Question, ...]

    def graded(self, place: int, found: Any) -> dict[str, float]:
        """What question ``place`` scores: ``found`` are likelihoods of its choices, or what the model wrote."""
        more = (self.params,) if self.module.generates else ()
        return self.module.grade(self.questions[place], found, *more)


def prompt_of(record: dict[str, Any], template: str) -> str:
    """The template with the record's question in it."""
    if "{question}" not in template:
        raise UserError("The template has no {question}.", field="params.template")
    question = record.get("question", record.get("prompt"))
    if not isinstance(question, str) or not question.strip():
        raise UserError("question is a text")
    return lines_of(template).replace("{question}", question)


def lines_of(text: str) -> str:
    """A parameter's text as it is meant: a field of one line holds no line break, so \\n stands for one."""
    return text.replace("\\n", "\n")


def domain_of(record: dict[str, Any], field: str) -> str:
    if not field:
        return EVERYTHING
    found = record.get(field)
    if not isinstance(found, str) or not found.strip() or "/" in found or "\0" in found:
        raise UserError(f"{field} is a text without a slash: it names the domain")
    return found.strip()[:100]


def parse(data: bytes, method: str, params: dict | None = None) -> list[Question]:
    """The questions in a JSON Lines file; ``UserError`` names the first lines that are none."""
    module = registry.load("suites", method)
    parsed = parameters.parse(module.Params, params, where="params")
    if name := next((name for name, value in parameters.as_dict(parsed).items() if "\0" in str(value)), ""):
        raise UserError("There is a NUL in this text.", field=f"params.{name}")
    found, bad, more = [], [], 0
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(_question(json.loads(line), module, parsed))
        except UserError as error:
            if error.field:
                raise
            bad, more = (bad, more + 1) if len(bad) == NAMED else ([*bad, (number, error.sentence)], more)
        except (ValueError, RecursionError):
            bad, more = (bad, more + 1) if len(bad) == NAMED else ([*bad, (number, "it is not JSON")], more)
        if len(found) > MOST:
            raise UserError(f"A suite has at most {MOST:,} questions; this file has more.", field="file")
    if bad:
        said = "; ".join(f"line {number}: {why}" for number, why in bad)
        raise UserError(
            f"Not every line is a question. {said}{f'; and {more:,} lines more' if more else ''}.", field="file"
        )
    if not found:
        raise UserError("There is no question in this file.", field="file")
    if len({one.domain for one in found}) > MOST_DOMAINS:
        raise UserError(
            f"The questions are of more than {MOST_DOMAINS} domains: choose another field for them.",
            field="params.domain",
        )
    return found


def _question(record: Any, module: Any, params: Any) -> Question:
    if not isinstance(record, dict):
        raise UserError("it is no JSON object")
    question = module.ask(record, params)
    if len(question.choices) > MOST_CHOICES:
        raise UserError(f"there are more than {MOST_CHOICES} choices")
    try:
        "".join([question.prompt, question.answer, question.domain, *question.choices]).encode()
    except UnicodeEncodeError:
        raise UserError("a character of it is half of a pair, which is no text") from None
    return question


def write(folder: Path, questions: list[Question], method: str, params: dict | None = None) -> artifacts.Stored:
    """Seal a folder with the questions as an artifact of kind "suite"."""
    module = registry.load("suites", method)
    parsed = parameters.parse(module.Params, params, where="params")
    folder.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(asdict(one), ensure_ascii=False, sort_keys=True) for one in questions)
    (folder / "questions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    domains: dict[str, int] = {}
    for one in questions:
        domains[one.domain] = domains.get(one.domain, 0) + 1
    meta = {
        "method": method,
        "params": parameters.as_dict(parsed),
        "version": module.version,
        "questions": len(questions),
        "domains": domains,
        "chance": round(sum(map(module.chance, questions)) / len(questions), 6),
    }
    return artifacts.seal(folder, "suite", meta)


def open_suite(folder: Path) -> Suite:
    stored = artifacts.read(Path(folder))
    if stored.kind != "suite":
        raise UserError(f"{folder} holds a {stored.kind}, not an evaluation suite.")
    module = registry.load("suites", stored.meta["method"])
    params = parameters.parse(module.Params, stored.meta["params"])
    return Suite(stored.digest, stored.meta, module, params, tuple(_read(stored.path / "questions.jsonl")))


def first(folder: Path, count: int, start: int = 0) -> list[Question]:
    """Some questions in their order, for looking at them; the others are not read."""
    found = []
    for place, question in enumerate(_read(Path(folder) / "questions.jsonl")):
        if place >= start + count:
            break
        if place >= start:
            found.append(question)
    return found


def _read(path: Path) -> Iterator[Question]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            yield Question(**{**record, "choices": tuple(record["choices"])})
