"""CSV and TSV with a header line, quoted as RFC 4180 says (fields may hold newlines); UTF-8; plain, .gz or .zst."""

import contextlib
import csv
from collections.abc import Iterator
from itertools import chain

from gradatim.corpora.mapping import Mapping
from gradatim.corpora.rows import BATCH_BYTES, BATCH_ROWS, MAX_BYTES, BadRows, Batch, batch_of
from gradatim.corpora.streams import File, Stream, line_blocks, open_stream
from gradatim.errors import UserError

PLACE = "line"


def read(file: File, mapping: Mapping, bad: BadRows) -> Iterator[Batch]:
    with open_stream(file) as stream:
        header, table = _table(file, stream, bad)
        yield from _batches(table, _columns(header, mapping, file.name), mapping, stream, bad)


def records(file: File, limit: int) -> list[dict]:
    """The first rows of the file by column; rows that are none are left out. Without rows, the header with empty texts."""
    found = []
    with open_stream(file) as stream:
        header, table = _table(file, stream, BadRows(file.name, skip=True))
        for _ in range(4 * limit):
            with contextlib.suppress(csv.Error):
                fields = next(table, None)
                if fields is None or len(found) == limit:
                    break
                if len(fields) == len(header):
                    values = [value.encode(errors="replace").decode() for value in fields]
                    found.append(dict(zip(header, values, strict=True)))
    return found or [dict.fromkeys(header, "")]


def _table(file: File, stream: Stream, bad: BadRows):
    """(header, the rows after it as a csv.reader)."""
    csv.field_size_limit(MAX_BYTES)
    lines = _decoded(stream, bad)
    head = next(lines, "")
    delimiter = "\t" if ".tsv" in file.name.lower() else max(",;\t", key=head.count)
    table = csv.reader(chain([head], lines), delimiter=delimiter, strict=True)
    try:
        return next(table, []), table
    except csv.Error as error:
        raise UserError(f"{file.name}, line 1: this is not a header of a CSV file ({error}).", field="source") from None


def _batches(table, columns: "_Columns", mapping: Mapping, stream: Stream, bad: BadRows) -> Iterator[Batch]:
    rows: list[list[str]] = []
    starts: list[int] = []
    numbers: list[int] = []
    size = row = 0

    def batch() -> Batch:
        try:
            "".join(chain.from_iterable(rows)).encode()
        except UnicodeEncodeError:
            _drop_undecoded(rows, starts, numbers, bad)
        ids = [r[columns.id] for r in rows] if columns.id is not None else map(str, numbers)
        domains = [r[columns.domain] for r in rows] if columns.domain is not None else mapping.domain_name
        prompts = [r[columns.prompt] for r in rows] if columns.prompt is not None else None
        texts = [r[columns.text] for r in rows]
        return batch_of(ids, domains, prompts, texts, starts, stream.done, own_ids=columns.id is not None)

    while True:
        start = table.line_num + 1
        try:
            fields = next(table, None)
        except csv.Error as error:
            bad.add(start, f"this is not a row of a CSV file ({error})", kind="not CSV")
            row += 1
            continue
        if fields is None:
            break
        if not fields:
            continue
        row += 1
        if len(fields) != columns.count:
            bad.add(start, f"there are {len(fields)} fields, the header has {columns.count}", kind="number of fields")
            continue
        rows.append(fields)
        starts.append(start)
        numbers.append(row - 1)
        size += len(fields[columns.text])
        if len(rows) == BATCH_ROWS or size >= BATCH_BYTES:
            yield batch()
            rows, starts, numbers, size = [], [], [], 0
    if rows:
        yield batch()


class _Columns:
    def __init__(self, count: int, text: int, id: int | None, domain: int | None, prompt: int | None):
        self.count, self.text, self.id, self.domain, self.prompt = count, text, id, domain, prompt


def _columns(header: list[str], mapping: Mapping, name: str) -> _Columns:
    for field in mapping.fields:
        if field not in header:
            names = ", ".join(header[:20]) or "none"
            raise UserError(f'{name} has no column "{field}" (columns: {names}).', field="source.mapping")
    index = header.index
    optional = [index(field) if field else None for field in (mapping.id, mapping.domain, mapping.prompt)]
    return _Columns(len(header), index(mapping.body), *optional)


def _decoded(stream: Stream, bad: BadRows) -> Iterator[str]:
    """Lines as text with their newline; bytes that are not UTF-8 become lone surrogates, by which their row is found."""
    for _, block in line_blocks(stream, bad):
        try:
            yield from [line + "\n" for line in map(bytes.decode, block)]
        except UnicodeDecodeError:
            yield from [line.decode(errors="surrogateescape") + "\n" for line in block]


def _drop_undecoded(rows: list[list[str]], starts: list[int], numbers: list[int], bad: BadRows) -> None:
    """Take the rows with bytes that are not UTF-8 out of a batch: only a whole row can be judged, not a line of it."""
    for i in reversed(range(len(rows))):
        try:
            "".join(rows[i]).encode()
        except UnicodeEncodeError:
            del rows[i], numbers[i]
            bad.add(starts.pop(i), "the row is not UTF-8")
