"""Form fields for what mixtures ask for: names of streams, weights by name, and weights at places of a phase.

Each takes a line of text as a person writes it ("prose 3, code 1"), and JSON as documents have it; what it shows is the text.
"""

import json
import re
from typing import Any

from django import forms

_WEIGHT = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9_.-]*)[\s:=]+(?P<weight>[0-9.eE+-]+)$")
_PLACE = re.compile(r"^\s*(?P<place>[0-9.eE+-]+)\s*(?P<percent>%?)\s*:\s*(?P<weights>.*)$")


def as_text(value: Any) -> Any:
    """Weights by name, and places with weights, as their fields show them; anything else as it is."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_number(weight)}" for name, weight in value.items())
    if isinstance(value, list | tuple) and value and all(isinstance(entry, list | tuple) for entry in value):
        return "\n".join(f"{_number(place)}: {as_text(weights)}".rstrip() for place, weights in value)
    if isinstance(value, list | tuple):
        return ", ".join(str(entry) for entry in value)
    return value


def _number(value: Any) -> str:
    """As short as it can be read back."""
    short = f"{value:g}" if isinstance(value, int | float) else str(value)
    return short if short == str(value) or float(short) == value else repr(value)


class TextField(forms.CharField):
    """A value that is text in the form; ``read`` makes of it what a document has."""

    def prepare_value(self, value):
        return as_text(value)

    def to_python(self, value):
        text = super().to_python(as_text(value))
        if text in self.empty_values:
            return None
        if text[:1] in "[{":
            try:
                return json.loads(text)
            except ValueError:
                raise forms.ValidationError("This looks like JSON and cannot be read.") from None
        return self.read(text)

    def widget_attrs(self, widget):
        return super().widget_attrs(widget) | {"autocomplete": "off", "spellcheck": "false"}


class NamesField(TextField):
    def read(self, text: str) -> list[str]:
        return [name for name in re.split(r"[,\s]+", text.strip()) if name]


class WeightsField(TextField):
    def read(self, text: str) -> dict[str, float]:
        return _weights(text)


class FramesField(TextField):
    widget = forms.Textarea(attrs={"rows": 4, "class": "code"})

    def read(self, text: str) -> list:
        return [_frame(line) for line in text.splitlines() if line.strip()]


def _frame(line: str) -> list:
    found = _PLACE.match(line)
    try:
        place = float(found["place"]) / (100 if found["percent"] else 1)
    except (TypeError, ValueError):
        raise forms.ValidationError(f"“{line.strip()}” is no key-frame: write 50 %: code 3, prose 1.") from None
    return [place, _weights(found["weights"])]


def _weights(text: str) -> dict[str, float]:
    weights = {}
    for part in (part.strip() for part in text.split(",")):
        found = _WEIGHT.match(part)
        try:
            weights |= {found["name"]: float(found["weight"])} if part else {}
        except (TypeError, ValueError):
            raise forms.ValidationError(f"“{part}” is no name with a weight: write code 3, prose 1.") from None
    return weights
