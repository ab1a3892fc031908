"""The series that a diagnostic reads, checked: errors are ``UserError`` with the field at fault."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from gradatim.errors import UserError

#: Beyond it (and so for infinity, and NaN) differences are no numbers any more.
LARGEST = 1e300
FIELDS = ("tokens", "values", "better", "phase_starts")


@dataclass(frozen=True, slots=True)
class Series:
    """Evaluations of one run: ``tokens`` float64 (n,), never descending; per name ``values`` float64 (n,) and whether
    ``lower`` or ``higher`` is ``better``; ``phase_starts`` in tokens, ascending."""

    tokens: np.ndarray
    values: dict[str, np.ndarray]
    better: dict[str, str]
    phase_starts: np.ndarray


def parse(document: Any) -> Series:
    """The series in ``{"tokens": [...], "values": {name: [...]}, "better": {name: ...}, "phase_starts": [...]}``."""
    if not isinstance(document, dict):
        raise UserError("The series are a mapping with tokens, values, better and phase_starts.")
    for name in FIELDS:
        if name not in document:
            raise UserError(f"The series lack {name!r}: give {', '.join(FIELDS)}.", field=name)
    tokens = _numbers(document["tokens"], "tokens")
    if not len(tokens):
        raise UserError("There is no evaluation in the series: give at least one.", field="tokens")
    if (np.diff(tokens) < 0).any():
        at = int(np.argmax(np.diff(tokens) < 0)) + 1
        raise UserError(
            f"The tokens of evaluation {at} are fewer than those before it: sort the series.", field="tokens"
        )
    starts = _numbers(document["phase_starts"], "phase_starts")
    if (np.diff(starts) <= 0).any():
        raise UserError("The phase starts are not in ascending order.", field="phase_starts")
    if not isinstance(document["values"], dict) or not document["values"]:
        raise UserError("The values are a mapping of at least one name to a list of numbers.", field="values")
    if not isinstance(document["better"], dict):
        raise UserError('Better is a mapping of names to "lower" or "higher".', field="better")
    values, better = {}, {}
    for name, column in document["values"].items():
        values[name] = _numbers(column, f"values.{name}")
        if len(values[name]) != len(tokens):
            raise UserError(
                f"{name} has {len(values[name])} values for {len(tokens)} evaluations: give one each.",
                field=f"values.{name}",
            )
        better[name] = document["better"].get(name)
        if better[name] not in ("lower", "higher"):
            raise UserError(f'Say whether "lower" or "higher" is better for {name}.', field=f"better.{name}")
    return Series(tokens, values, better, starts)


def _numbers(values: Any, field: str) -> np.ndarray:
    if isinstance(values, np.ndarray):
        values = values.tolist()
    if not isinstance(values, list | tuple):
        raise UserError(f"{field} is a list of numbers.", field=field)
    for i, value in enumerate(values):
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
            raise UserError(f"Entry {i} of {field} is not a finite number: {value!r}.", field=field)
    return np.asarray(values, np.float64)
