"""What is in a file, before anything is imported: its fields, a guessed mapping, and its first rows as they would be."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean

from gradatim.corpora import formats, mapping
from gradatim.corpora.checks import checked
from gradatim.corpora.rows import BadRows
from gradatim.corpora.streams import File
from gradatim.errors import UserError

#: Rows from which fields are guessed, and fields that are listed at most.
LOOKED_AT = 50
FIELDS = 200
#: How deep nested records are opened.
DEPTH = 3
#: Characters of a field's example.
EXAMPLE = 200

TEXTS = ("text", "content", "body", "document", "raw_content", "code", "article")
PAIRS = (
    ("prompt", "answer"),
    ("prompt", "completion"),
    ("prompt", "response"),
    ("question", "answer"),
    ("question", "response"),
    ("instruction", "output"),
    ("instruction", "response"),
    ("problem", "solution"),
    ("input", "output"),
)
IDS = ("id", "_id", "uid", "uuid", "doc_id", "sample_id", "key", "idx", "index")
DOMAINS = ("domain", "source", "subset", "category", "topic", "lang", "language")

_MAGIC = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd", "parquet": b"PAR1"}
_FOREIGN = {b"PK\x03\x04": "a zip archive", b"%PDF": "a PDF document", b"\x89PNG": "a picture", b"\x7fELF": "a program"}


@dataclass(frozen=True, slots=True)
class Field:
    """A column, or a dotted path into nested records; ``kind`` is text, number or other, ``example`` a value in short."""

    name: str
    kind: str
    example: str


@dataclass(frozen=True, slots=True)
class Head:
    """The first samples as an import would make them: dicts of id, domain, prompt, text and ``line`` (or row) of origin.

    ``read`` rows were looked at, of which ``bad`` (dicts with line or row, and reason) are the first that cannot be used
    and ``bad_count`` all of them; ``place`` says which of the two words it is.
    """

    rows: list[dict]
    read: int
    bad: list[dict]
    bad_count: int
    place: str


def check_content(file: File) -> None:
    """``UserError`` (field ``path``) where the first bytes are not those of the format that the name promises."""
    form = formats.format_of(file.name)
    try:
        with file.path.open("rb") as stream:
            head = stream.read(4096)
    except OSError as error:
        raise UserError(f"{file.name} cannot be opened: {error.strerror}.", field="path") from None
    if not head:
        raise UserError(f"{file.name} is empty.", field="path")
    promised = "parquet" if form == "parquet" else file.compression
    if promised:
        if not head.startswith(_MAGIC[promised]):
            raise UserError(f"{file.name} does not hold {promised} data, as its name says.", field="path")
        return
    for name, magic in _MAGIC.items():
        if head.startswith(magic):
            raise UserError(f"{file.name} holds {name} data: give it the ending that says so.", field="path")
    for magic, what in _FOREIGN.items():
        if head.startswith(magic):
            raise UserError(f"{file.name} is {what}, not text.", field="path")
    if b"\x00" in head:
        raise UserError(f"{file.name} is not a text file in UTF-8: save it as UTF-8 and try again.", field="path")


def records(file: File) -> list[dict]:
    """The first records, nested ones opened into dotted names; none for plain text. ``UserError`` as the readers say."""
    reader = formats.reader(file.name)
    if not hasattr(reader, "records"):
        return []
    return [dict(_flat(record)) for record in reader.records(file, LOOKED_AT)]


def fields_of(found: list[dict]) -> list[Field]:
    """Every field of the records in the order of their first meeting; names that cannot be mapped (NUL) are left out."""
    values: dict[str, list] = {}
    for record in found:
        for name, value in record.items():
            if "\x00" not in name:
                values.setdefault(name, []).append(value)
    return [Field(name, _kind(seen), _example(seen)) for name, seen in list(values.items())[:FIELDS]]


def guess(fields: list[Field], found: list[dict]) -> dict:
    """A mapping by the fields' names, else by their content: the longest text is the text. Empty where there is none."""
    texts = {field.name.lower(): field.name for field in fields if field.kind == "text"}
    mapped: dict[str, str] = {}
    pair = next(((texts[a], texts[b]) for a, b in PAIRS if a in texts and b in texts), None)
    known = next((texts[name] for name in TEXTS if name in texts), None)
    if known and not pair:
        mapped["text"] = known
    elif pair:
        mapped["prompt"], mapped["answer"] = pair
    elif texts:
        mapped["text"] = max(texts.values(), key=lambda name: _length(name, found))
    usable = {field.name.lower(): field.name for field in fields if field.kind in ("text", "number")}
    used = set(mapped.values())
    ids = [usable[name] for name in IDS if name in usable and usable[name] not in used]
    mapped |= next(({"id": name} for name in ids if _unique(name, found)), {})
    domains = [texts[name] for name in DOMAINS if name in texts and texts[name] not in used]
    return mapped | next(({"domain": name} for name in domains if not _unique(name, found)), {})


def head(file: File, values: dict | None, limit: int = 8) -> Head:
    """Read the first batch of the file as an import with this mapping would; ``UserError`` as the import would say."""
    reader = formats.reader(file.name)
    fields = mapping.parse(values, domain_name=formats.stem(file.name))
    bad = BadRows(file.name, skip=True, place=reader.PLACE)
    rows: list[dict] = []
    read = 0
    batches = checked(reader.read(file, fields, bad), bad)
    for batch in batches:
        lines = batch.lines[:limit].tolist()
        shown = batch.rows.slice(0, limit).to_pylist()
        rows = [{**row, "line": line} for row, line in zip(shown, lines, strict=True)]
        read += len(batch.rows)
        if rows or bad.count:
            break
    batches.close()
    return Head(rows, read + bad.count, bad.listed[:limit], bad.count, reader.PLACE)


def _flat(record: dict, prefix: str = "", depth: int = 1) -> Iterator[tuple[str, object]]:
    for key, value in record.items():
        if not isinstance(key, str) or not key:
            continue
        if isinstance(value, dict) and depth < DEPTH:
            yield from _flat(value, f"{prefix}{key}.", depth + 1)
        else:
            yield f"{prefix}{key}", value


def _kind(values: list) -> str:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {str}:
        return "text"
    return "number" if kinds == {int} else "other"


def _example(values: list) -> str:
    value = next((value for value in values if value not in (None, "")), "")
    text = value if isinstance(value, str) else repr(value)
    text = text[: EXAMPLE + 1].encode(errors="replace").decode()
    return text if len(text) <= EXAMPLE else text[:EXAMPLE] + "…"


def _length(name: str, found: list[dict]) -> float:
    return fmean(len(record.get(name) or "") for record in found) if found else 0.0


def _unique(name: str, found: list[dict]) -> bool:
    values = [record.get(name) for record in found]
    return None not in values and len(set(values)) == len(values)
