"""Scores that were computed elsewhere: a numeric column of a Parquet or CSV file, matched by sample id, or a .npy file with
one value per sample in the dataset's order.

Source: definition
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gradatim.corpora.store import Dataset
from gradatim.errors import UserError
from gradatim.params import param
from gradatim.types import ScoreContext

title = "Imported column"
version = 1
higher_means = "neutral"
device = "cpu"
needs = ()

CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Params:
    path: str = param(help="The file: .parquet, .csv or .npy.", min_length=1)
    column: str = param("score", help="The column with the values (Parquet and CSV).")
    id_column: str = param("id", help="The column with the samples' ids (Parquet and CSV).")
    higher_means: Literal["harder", "easier", "better", "worse", "neutral"] = param(
        "neutral", help="What a higher value says of a sample."
    )


def score(samples: Dataset, params: Params, context: ScoreContext) -> Iterator[np.ndarray]:
    """``UserError`` where a sample has no value, an id has two, or the values are no numbers."""
    values = _from_npy(Path(params.path), samples.rows) if params.path.endswith(".npy") else _by_id(samples, params)
    for start in range(context.start, samples.rows, CHUNK):
        with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused as such
            chunk = values[start : start + CHUNK].astype(np.float32)
        yield chunk


def _from_npy(path: Path, rows: int) -> np.ndarray:
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise UserError(
            f"{path.name} cannot be read as a .npy file of numbers: {error}.", field="params.path"
        ) from None
    if values.dtype.kind not in "fiu" or values.shape != (rows,):
        raise UserError(
            f"{path.name} holds {values.dtype} of shape {values.shape}; one number for each of the {rows:,} samples, "
            "in the dataset's order, is expected.",
            field="params.path",
        )
    return values


def _by_id(samples: Dataset, params: Params) -> np.ndarray:
    table = _read(Path(params.path), params)
    ids, values = table[params.id_column].cast(pa.string()), table[params.column]
    if not (pa.types.is_floating(values.type) or pa.types.is_integer(values.type)):
        raise UserError(f"The column {params.column!r} holds {values.type} and not numbers.", field="params.column")
    ids = ids.combine_chunks()
    counts = pc.value_counts(ids)
    twice = counts.filter(pc.greater(counts.field("counts"), 1)).field("values")
    if len(twice):
        raise UserError(
            f"{len(twice):,} ids have more than one value, the first is {twice[0].as_py()!r}.", field="params.id_column"
        )
    wanted = samples.column("id")
    found = pc.index_in(wanted, value_set=ids)
    if found.null_count:
        missing = wanted.filter(pc.is_null(found))
        raise UserError(
            f"{found.null_count:,} of {samples.rows:,} samples have no value in {Path(params.path).name}, "
            f"the first is {missing[0].as_py()!r}.",
            field="params.path",
        )
    return values.take(found).to_numpy().astype(np.float64)


def _read(path: Path, params: Params) -> pa.Table:
    columns = [params.id_column, params.column]
    try:
        if path.suffix == ".parquet":
            import pyarrow.parquet as pq

            return pq.read_table(path, columns=columns)
        if path.suffix == ".csv":
            from pyarrow import csv

            convert = csv.ConvertOptions(include_columns=columns, column_types={params.id_column: pa.string()})
            return csv.read_csv(path, convert_options=convert)
    except (OSError, pa.ArrowException, KeyError) as error:
        first = str(error).strip().splitlines()[0]
        raise UserError(
            f"{path.name} cannot be read with the columns {columns[0]!r} and {columns[1]!r}: {first}",
            field="params.path",
        ) from None
    raise UserError(f"{path.name} is not a .parquet, .csv or .npy file.", field="params.path")
