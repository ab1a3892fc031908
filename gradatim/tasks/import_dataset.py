"""Reads samples from a file (JSONL, Parquet, CSV, plain text) or from this Python's own library into a dataset.

With bad rows, "stop" imports nothing: it reads on to name them all, or the first hundred. With the dataset's previous
version among the inputs, rows added, removed and changed since then are counted, by id.

Source: definition
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gradatim.corpora import formats, mapping, python_library
from gradatim.corpora.changes import changes
from gradatim.corpora.checks import checked
from gradatim.corpora.rows import LISTED, BadRows, Batch
from gradatim.corpora.store import Dataset, write_dataset
from gradatim.corpora.streams import File
from gradatim.errors import UserError
from gradatim.events import Artifact, Event, Note
from gradatim.params import param
from gradatim.types import Stopped, TaskContext

version = 1


@dataclass(frozen=True, slots=True)
class Params:
    source: dict = param(
        help="Where the samples come from: a file with its path and field mapping, or a part of the Python library."
    )
    on_bad: Literal["stop", "skip"] = param(
        "stop", label="Bad rows", help="Import nothing where rows cannot be used, or skip such rows and list them."
    )
    previous: str = param("", help="Digest of the dataset's previous version, to say what changed.")
    name: str = param("", help="The file's own name, where the path is not it; it decides the format.", max_length=255)


@dataclass(frozen=True, slots=True)
class _Source:
    """Batches still unchecked, what the manifest will say of their origin, and how progress is counted."""

    batches: Iterator[Batch]
    origin: dict
    total: float
    unit: str
    bad: BadRows


def run(context: TaskContext) -> Iterator[Event]:
    source = _open(context.params)
    batches = _until_stopped(source, context)
    try:
        for event in write_dataset(context.out, batches, source=source.origin, total=source.total, unit=source.unit):
            if isinstance(event, Artifact):
                if note := source.bad.note():
                    yield note
                if context.params.previous:
                    yield _changes(context, event)
            yield event
    except _Refused as error:
        yield from source.bad.notes()
        raise source.bad.refusal() from error
    except UserError as error:
        note = source.bad.note()  # where nothing was left to import, the skipped rows say why
        raise UserError(f"{error.sentence} {note.text}" if note else error.sentence, field=error.field) from None


def _open(params: Params) -> _Source:
    kind = params.source.get("kind")
    if kind == "file":
        return _file(params)
    if kind == "python_library":
        return _library(params)
    raise UserError("The source's kind is file or python_library.", field="source.kind")


def _file(params: Params) -> _Source:
    _no_others(params.source, {"kind", "path", "name", "mapping"})
    if not isinstance(params.source.get("path"), str) or not params.source["path"]:
        raise UserError("Name the path of the file to import.", field="source.path")
    path = Path(params.source["path"])
    name = params.name or params.source.get("name") or path.name
    file = File(path, Path(str(name)).name)
    reader = formats.reader(file.name)
    fields = mapping.parse(params.source.get("mapping"), domain_name=formats.stem(file.name))
    bad = BadRows(file.name, skip=True, place=reader.PLACE)
    format_name = formats.format_of(file.name)
    used = mapping.as_dict(fields, plain_text=format_name == "text")
    origin = {"kind": "file", "name": file.name, "format": format_name, "mapping": used}
    return _Source(reader.read(file, fields, bad), origin, file.size, "bytes", bad)


def _library(params: Params) -> _Source:
    _no_others(params.source, {"kind", "part", "one_in"})
    part, one_in = params.source.get("part", "both"), params.source.get("one_in", 1)
    if part not in python_library.PARTS:
        raise UserError("The part of the Python library is prose, code or both.", field="source.part")
    if not isinstance(one_in, int) or one_in < 1:
        raise UserError("One in so many modules is read: a whole number from 1 on.", field="source.one_in")
    origin = {"kind": "python_library", "part": part, "python": python_library.VERSION}
    origin |= {"one_in": one_in} if one_in > 1 else {}
    batches, total = python_library.read(part, one_in=one_in), python_library.total(part, one_in=one_in)
    return _Source(batches, origin, total, "modules", BadRows("the Python library", place="row"))


def _changes(context: TaskContext, made: Artifact) -> Note:
    previous = context.inputs.get("dataset", context.params.previous)
    counts = changes(Dataset(previous.path), Dataset(context.out / made.path))
    words = ", ".join(f"{counts[name]:,} {name}" for name in ("added", "removed", "changed"))
    data = {"changes": {**counts, "previous": context.params.previous}}
    return Note(f"Against the previous version: {words}.", data=data)


def _no_others(source: dict, known: set[str]) -> None:
    for name in source:
        if name not in known:
            raise UserError(f"The source has no {name!r}; it has {', '.join(sorted(known))}.", field=f"source.{name}")


class _Refused(Exception):
    """Rows are bad and none may be."""


def _until_stopped(source: _Source, context: TaskContext) -> Iterator[Batch]:
    stop = context.params.on_bad == "stop"
    for batch in checked(source.batches, source.bad):
        if context.should_stop():
            raise Stopped
        if stop and source.bad.count >= LISTED:
            raise _Refused
        yield batch
    if stop and source.bad.count:
        raise _Refused
    source.origin["bad_rows"] = source.bad.count
