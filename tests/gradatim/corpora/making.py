"""Small files and tasks for the tests of corpora."""

import gzip
import json
from pathlib import Path

import zstandard

from gradatim import params, registry
from gradatim.corpora import formats, mapping
from gradatim.corpora.checks import checked
from gradatim.corpora.rows import BadRows
from gradatim.corpora.streams import File
from gradatim.events import Artifact, Event
from gradatim.types import Inputs, TaskContext


def compressed(data: bytes, name: str) -> bytes:
    if name.endswith(".gz"):
        return gzip.compress(data, mtime=0)
    return zstandard.compress(data) if name.endswith(".zst") else data


def write(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(compressed(data.encode() if isinstance(data, str) else data, name))
    return path


def jsonl(rows: list) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def read_rows(path: Path, fields: dict | None = None, *, skip: bool = False) -> tuple[list[dict], BadRows]:
    """All usable rows of a file as dictionaries, and what was bad."""
    reader = formats.reader(path.name)
    bad = BadRows(path.name, skip=skip, place=reader.PLACE)
    mapped = mapping.parse(fields, domain_name=formats.stem(path.name))
    batches = checked(reader.read(File(path, path.name), mapped, bad), bad)
    return [row for batch in batches for row in batch.rows.to_pylist()], bad


def run(task: str, out: Path, inputs: list[Path] = (), *, seed: int = 0, **values) -> tuple[Artifact, list[Event]]:
    """Run a task to its end; its artifact (``out / artifact.path``) and all its events."""
    module = registry.load("tasks", task)
    out.mkdir(parents=True, exist_ok=True)
    parsed = params.parse(module.Params, values)
    events = list(module.run(TaskContext(parsed, seed, Inputs.from_folders(inputs), out)))
    assert isinstance(events[-1], Artifact)
    return events[-1], events
