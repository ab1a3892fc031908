"""Parquet tables: text columns by name, nested ones by dotted path; ids may be whole numbers."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gradatim.corpora.mapping import Mapping
from gradatim.corpora.rows import SCHEMA, BadRows, Batch
from gradatim.corpora.streams import File
from gradatim.errors import UserError

PLACE = "row"
#: Rows read at once: few, because a table may hold very long texts.
ROWS = 1024


def read(file: File, mapping: Mapping, bad: BadRows) -> Iterator[Batch]:
    size = file.size
    try:
        with pq.ParquetFile(file.path) as table:
            total = max(1, table.metadata.num_rows)
            columns = _top_columns(table.schema_arrow, mapping, file.name)
            row = 0
            for part in table.iter_batches(ROWS, columns=columns):
                done = size * (row + len(part)) / total
                lines = np.arange(row + 1, row + len(part) + 1, dtype=np.int64)
                rows = _mapped(part, mapping, row, file.name)
                yield Batch(rows, lines, done, own_ids=bool(mapping.id))
                row += len(part)
    except (OSError, pa.ArrowException) as error:
        raise UserError(f"{file.name} is not a Parquet file that can be read: {error}.", field="source.path") from None


def records(file: File, limit: int) -> list[dict]:
    """The first rows of the table as dictionaries."""
    try:
        with pq.ParquetFile(file.path) as table:
            part = next(table.iter_batches(limit), None)
            return part.to_pylist() if part is not None else []
    except (OSError, ValueError, pa.ArrowException) as error:
        raise UserError(f"{file.name} is not a Parquet file that can be read: {error}.", field="source.path") from None


def _top_columns(schema: pa.Schema, mapping: Mapping, name: str) -> list[str]:
    """The table's own columns that hold the mapped fields."""
    tops = []
    for field in mapping.fields:
        top = field if field in schema.names else field.split(".")[0]
        if top not in schema.names:
            names = ", ".join(schema.names[:20])
            raise UserError(f'{name} has no column "{field}" (columns: {names}).', field="source.mapping")
        tops.append(top)
    return list(dict.fromkeys(tops))


def _mapped(part: pa.RecordBatch, mapping: Mapping, row: int, name: str) -> pa.RecordBatch:
    n = len(part)
    ids = _strings(part, mapping.id, name, numbers=True) if mapping.id else pa.array(map(str, range(row, row + n)))
    domains = _strings(part, mapping.domain, name) if mapping.domain else pa.repeat(pa.scalar(mapping.domain_name), n)
    prompts = _strings(part, mapping.prompt, name) if mapping.prompt else pa.nulls(n, pa.string())
    texts = _strings(part, mapping.body, name)
    return pa.RecordBatch.from_arrays([ids.cast(pa.string()), domains.cast(pa.string()), prompts, texts], schema=SCHEMA)


def _strings(part: pa.RecordBatch, field: str, name: str, *, numbers: bool = False) -> pa.Array:
    if field in part.schema.names:
        values = part[field]
    else:
        values = part[field.split(".")[0]]
        for key in field.split(".")[1:]:
            if not pa.types.is_struct(values.type) or values.type.get_field_index(key) < 0:
                raise UserError(f'{name} has no column "{field}".', field="source.mapping")
            values = pc.struct_field(values, key)
    values.validate(full=True)
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    kind = values.type
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    if not (text or pa.types.is_null(kind) or (numbers and pa.types.is_integer(kind))):
        raise UserError(f'The column "{field}" of {name} holds {kind}, not text.', field="source.mapping")
    return values.cast(pa.string())
