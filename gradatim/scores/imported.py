"""Scores that were computed elsewhere: a numeric column of a Parquet or CSV file, matched by sample id, or a .npy file with
one value per sample in the dataset's order.

Every sample gets a score, or nothing could be ordered by it. Samples without a value in the file are refused, or stand
at a place of your choice among those that have one; how many they are is kept with the score set.

Source: definition
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gradatim import params as parameters
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
#: Ids of samples without a value that are told one by one.
TOLD = 20
_PLACES = {"lowest": np.min, "median": np.median, "highest": np.max}


@dataclass(frozen=True, slots=True)
class Params:
    path: str = param(help="The file: .parquet, .csv or .npy.", min_length=1)
    column: str = param("score", help="The column with the values (Parquet and CSV).")
    id_column: str = param("id", label="Id column", help="The column with the samples' ids (Parquet and CSV).")
    higher_means: Literal["harder", "easier", "better", "worse", "neutral"] = param(
        "neutral", help="What a higher value says of a sample."
    )
    missing: Literal["refuse", "lowest", "median", "highest"] = param(
        "refuse",
        label="Samples without a value",
        help="Refuse the file, or give them the lowest, the median or the highest value that is in it.",
    )


def score(samples: Dataset, params: Params, context: ScoreContext) -> Iterator[np.ndarray]:
    """``UserError`` where a sample has no value and must have one, an id has two, or the values are no numbers."""
    values = _filled(_values(samples, params), samples, params)
    for start in range(context.start, samples.rows, CHUNK):
        with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused as such
            chunk = values[start : start + CHUNK].astype(np.float32)
        yield chunk


def missing(samples: Dataset, params: Params) -> np.ndarray:
    """int64 positions, ascending, of the samples that have no value in the file."""
    return np.flatnonzero(np.isnan(_values(samples, params)))


def coverage(samples: Dataset, positions: np.ndarray) -> dict:
    """How many samples are missing, and the first of their ids: kept in the score set's manifest."""
    return {"missing": len(positions), "missing_ids": _ids(samples, positions[:TOLD])}


def recorded(params: Params) -> dict:
    """What the manifest says of the parameters: the file by the digest of its bytes, for its place means nothing later."""
    with open(params.path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return parameters.as_dict(params) | {"path": f"{digest}{Path(params.path).suffix}"}


def _values(samples: Dataset, params: Params) -> np.ndarray:
    """float64 (rows,), NaN where the file has no value."""
    if params.path.endswith(".npy"):
        return _from_npy(Path(params.path), samples.rows).astype(np.float64)
    return _by_id(samples, params)


def _filled(values: np.ndarray, samples: Dataset, params: Params) -> np.ndarray:
    missing = np.isnan(values)
    count = int(missing.sum())
    if not count:
        return values
    name, first = Path(params.path).name, _ids(samples, np.flatnonzero(missing)[:1])[0]
    if params.missing == "refuse":
        raise UserError(
            f"{count:,} of {samples.rows:,} samples have no value in {name}, the first is {first!r}.",
            field="params.missing",
        )
    if count == len(values):
        raise UserError(
            f"None of the {samples.rows:,} samples has a value in {name}: are its ids those of this dataset? "
            f"The first sample's is {first!r}.",
            field="params.id_column",
        )
    return np.where(missing, _PLACES[params.missing](values[~missing]), values)


def _ids(samples: Dataset, positions: np.ndarray) -> list[str]:
    return [row["id"] for row in samples.rows_at(positions)]


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
    if params.id_column == params.column:
        raise UserError(f"{params.column!r} cannot be ids and scores at once.", field="params.column")
    table = _read(Path(params.path), params)
    if table.num_columns != 2:
        raise UserError("Two columns of the file have the same name: rename one of them.", field="params.column")
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
    found = pc.index_in(samples.column("id"), value_set=ids)
    return pc.cast(values.take(found), pa.float64(), safe=False).to_numpy()


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
