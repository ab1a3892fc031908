"""Which fields of a source become a sample: text, or prompt and answer; id; domain."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from operator import itemgetter
from typing import Any, Literal

from gradatim import params
from gradatim.errors import UserError
from gradatim.params import param


@dataclass(frozen=True, slots=True)
class Mapping:
    """Field names are column names, or dotted paths into nested records (``meta.source``)."""

    text: str = param("", help="Field with the text. Left empty: the field named text, or prompt and answer below.")
    prompt: str = param("", help="Field with the prompt of an instruction pair; a row without one has no prompt.")
    answer: str = param("", help="Field with the answer of an instruction pair.")
    id: str = param("", label="Id", help="Field with a unique id. Left empty: the row number, counted from 0.")
    domain: str = param("", help="Field that names the part of the data a sample belongs to.")
    domain_name: str = param("", help="One domain for all samples, where there is no such field.", max_length=200)
    unit: Literal["paragraphs", "lines"] = param(
        "paragraphs", help="Plain text files: a sample is a group of paragraphs, or every line is one."
    )
    min_chars: int = param(
        1000, help="Plain text files: paragraphs are joined until a sample has so many characters.", ge=1, le=1_000_000
    )

    @property
    def body(self) -> str:
        """The field whose value is a sample's text: the answer where there are prompts."""
        return self.answer or self.text or "text"

    @property
    def fields(self) -> list[str]:
        """All fields that are read, without repetition."""
        return list(dict.fromkeys(f for f in (self.id, self.domain, self.prompt, self.body) if f))


def parse(values: dict | None, *, domain_name: str) -> Mapping:
    """A mapping from foreign values; ``domain_name`` is the domain of all samples where none is mapped."""
    where = "source.mapping"
    mapping = params.parse(Mapping, values, where=where)
    for field in fields(mapping):
        if "\x00" in str(getattr(mapping, field.name)):
            raise UserError("No field has a NUL character in its name: leave it out.", field=f"{where}.{field.name}")
    if mapping.text and (mapping.prompt or mapping.answer):
        raise UserError("Map either a text, or a prompt and an answer.", field=f"{where}.text")
    if bool(mapping.prompt) != bool(mapping.answer):
        missing = "answer" if mapping.prompt else "prompt"
        raise UserError("A prompt and an answer are mapped together.", field=f"{where}.{missing}")
    if mapping.domain and mapping.domain_name:
        raise UserError("Name a field for the domain or one domain for all, not both.", field=f"{where}.domain_name")
    if not mapping.domain and not mapping.domain_name:
        return replace(mapping, domain_name=domain_name)
    return mapping


def as_dict(mapping: Mapping, *, plain_text: bool) -> dict:
    """What the mapping says of its kind of source: field names, or how a plain text file is cut; empty ones left out."""
    names = (
        ("unit", "min_chars", "domain_name")
        if plain_text
        else ("text", "prompt", "answer", "id", "domain", "domain_name")
    )
    values = {name: getattr(mapping, name) for name in names}
    return {name: value for name, value in values.items() if value}


def getter(field: str) -> Callable[[dict], Any]:
    """A function from a record to the field's value; ``KeyError`` or ``TypeError`` where the record lacks it."""
    if "." not in field:
        return itemgetter(field)
    parts = field.split(".")

    def nested(record: dict) -> Any:
        if field in record:
            return record[field]
        for part in parts:
            record = record[part]
        return record

    return nested
