"""Formats of source files, chosen by file name; each is a module with ``read(file, mapping, bad)``."""

import importlib
from pathlib import Path
from types import ModuleType

from gradatim.corpora.streams import COMPRESSIONS
from gradatim.errors import UserError

#: ending -> module of this package. All but Parquet, which compresses its own pages, may be compressed as a whole.
READERS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "text",
    ".text": "text",
    ".md": "text",
}


def format_of(name: str) -> str:
    """The format of a file name (``prose.jsonl.gz`` is jsonl); ``UserError`` lists what can be read."""
    suffixes = [suffix.lower() for suffix in Path(name).suffixes]
    compressed = bool(suffixes) and suffixes[-1] in COMPRESSIONS
    ending = suffixes[-2] if compressed and len(suffixes) > 1 else suffixes[-1] if suffixes and not compressed else ""
    if ending not in READERS or (compressed and READERS[ending] == "parquet"):
        raise UserError(
            f"The format of {name} is not known: files that can be read end in {', '.join(READERS)}, all but .parquet "
            f"also with {' or '.join(COMPRESSIONS)} after it.",
            field="source.path",
        )
    return READERS[ending]


def reader(name: str) -> ModuleType:
    return importlib.import_module(f"gradatim.corpora.{format_of(name)}")


def stem(name: str) -> str:
    """The file name without its endings: prose of prose.jsonl.gz."""
    path = Path(name)
    if path.suffix.lower() in COMPRESSIONS:
        path = path.with_suffix("")
    return path.stem
