"""A look at a source file before it is imported: what its first rows hold, and what a mapping would make of them."""

from dataclasses import dataclass

from apps.datasets import sources
from apps.datasets.models import SourceFile
from gradatim.corpora import formats, preview
from gradatim.corpora.preview import Field, Head
from gradatim.corpora.streams import File
from gradatim.errors import UserError

WORDS = {"jsonl": "JSON Lines", "csv": "Table (CSV or TSV)", "parquet": "Parquet", "text": "Plain text"}


@dataclass(frozen=True, slots=True)
class Look:
    """``fields`` and ``guess`` are empty for plain text, and where ``problem`` says why nothing can be read."""

    file: File
    format: str
    fields: list[Field]
    guess: dict
    problem: str = ""

    @property
    def word(self) -> str:
        return WORDS[self.format]

    @property
    def plain(self) -> bool:
        return self.format == "text"


def look(source: SourceFile) -> Look:
    """``UserError`` where the file is gone."""
    file = sources.locate(source)
    form = formats.format_of(file.name)
    try:
        records = preview.records(file)
    except UserError as error:
        return Look(file, form, [], {}, error.sentence)
    fields = preview.fields_of(records)
    return Look(file, form, fields, preview.guess(fields, records))


def head(seen: Look, mapping: dict) -> tuple[Head | None, str]:
    """(the first samples, "") or (None, why there are none)."""
    if seen.problem:
        return None, seen.problem
    try:
        return preview.head(seen.file, mapping), ""
    except UserError as error:
        return None, error.sentence
