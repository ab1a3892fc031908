"""Tasks of lm-evaluation-harness as questions of a suite, where that package and a task's data are at hand.

A task is read, not run: prompts (with examples before them, where asked), choices and right answers become the records of :mod:`gradatim.suites.multiple_choice`, whose
measures are the harness's acc and acc_norm. So a task is asked like any suite, also while a run trains.

Source: Gao et al. 2021, A framework for few-shot language model evaluation (lm-evaluation-harness 0.4)
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradatim.errors import UserError

#: The whole prompt is the question.
TEMPLATE = "{question}"
_FIELD = "task"


def tasks_of(name: str, folder: Path | None = None) -> dict[str, Any]:
    """The task of that name, or those of a group, by name; ``folder`` holds task files of one's own.

    ``UserError`` where the package, the task or its data are not there.
    """
    os.environ.setdefault("HF_DATASETS_TRUST_REMOTE_CODE", "0")
    try:
        from lm_eval.tasks import TaskManager
    except ImportError:
        raise UserError(
            "lm-evaluation-harness is not installed: pip install 'gradatim[harness]' brings it.", field=_FIELD
        ) from None
    manager = TaskManager(include_path=str(folder) if folder else None)
    try:
        found = manager.load([name])["tasks"]
    except KeyError:
        raise UserError(f"lm-evaluation-harness has no task {name}.", field=_FIELD) from None
    except (OSError, ValueError) as error:  # ConnectionError where data are neither here nor to be had
        raise UserError(f"The data of {name} are not at hand: {error}.", field=_FIELD) from None
    return dict(found)


def records(name: str, task: Any, *, fewshot: int = 0, limit: int | None = None) -> Iterator[dict]:
    """The task's questions, each with its ``domain``, the task's name; ``UserError`` where they are none with choices."""
    _check(name, task)
    task.set_fewshot_seed(seed=0)
    for place, doc in enumerate(task.eval_docs):
        if limit is not None and place >= limit:
            return
        choices = list(task.doc_to_choice(doc))
        yield {
            "question": task.fewshot_context(doc, fewshot),
            "choices": choices,
            "answer": _place(name, place, choices, task.doc_to_target(doc)),
            "domain": name,
        }


def _place(name: str, place: int, choices: list[str], right: Any) -> int:
    """The right answer's place among the choices; a task gives the place or the text."""
    found = right if isinstance(right, int) else choices.index(right) if right in choices else -1
    if not 0 <= found < len(choices):
        raise UserError(f"Question {place + 1} of {name} has no right answer among its choices.", field=_FIELD)
    return found


def _check(name: str, task: Any) -> None:
    if task.OUTPUT_TYPE != "multiple_choice":
        raise UserError(
            f"{name} is a task of the kind {task.OUTPUT_TYPE}: only multiple choice becomes a suite.", field=_FIELD
        )
    if task.multiple_input or task.multiple_target:
        raise UserError(
            f"{name} has several prompts, or several right answers: it does not become a suite.", field=_FIELD
        )
    if task.config.target_delimiter != " ":
        raise UserError(
            f"{name} puts {task.config.target_delimiter!r} before an answer; a suite puts a space there.", field=_FIELD
        )
