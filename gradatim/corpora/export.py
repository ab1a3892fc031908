"""Samples of a dataset as one file to take away: JSON Lines or Parquet, all rows or some, with a score if wanted.

A file of either kind can be imported again: id, domain, prompt (where there is one) and text keep their names.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gradatim import ranking
from gradatim.corpora.store import Dataset
from gradatim.errors import UserError

COLUMNS = ("id", "domain", "prompt", "text")
BATCH = 4096
FORMATS = ("jsonl", "parquet")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: of a domain, with a word in prompt or text (any case), and of those a pick by score.

    ``pick`` is "" (all), highest or lowest (the first ``count`` of them), or between (``low`` to ``high``, inclusive; None
    is no bound). Ties fall to the earlier row; rows without a score (NaN) are never picked.
    """

    domain: str = ""
    word: str = ""
    pick: str = ""
    count: int = 0
    low: float | None = None
    high: float | None = None


def rows_of(dataset: Dataset, wanted: Wanted, scores: np.ndarray | None = None) -> np.ndarray:
    """bool (rows,): the rows that are wanted; ``scores`` is float32 (rows,)."""
    keep = np.ones(dataset.rows, dtype=bool)
    if wanted.domain:
        keep &= pc.equal(dataset.column("domain"), wanted.domain).to_numpy()
    if wanted.word:
        keep &= _with_word(dataset, wanted.word)
    if not wanted.pick:
        return keep
    if scores is None:
        raise UserError("Name the score by which samples are picked.", field="scores")
    keep &= ~np.isnan(scores)
    if wanted.pick == "between":
        low = -np.inf if wanted.low is None else wanted.low
        return keep & (scores >= low) & (scores <= (np.inf if wanted.high is None else wanted.high))
    found = np.flatnonzero(keep)
    first = ranking.stable_order(scores[found], descending=wanted.pick == "highest")[: wanted.count]
    chosen = np.zeros(dataset.rows, dtype=bool)
    chosen[found[first]] = True
    return chosen


def write(dataset: Dataset, keep: np.ndarray, path: Path, scores: np.ndarray | None = None) -> Iterator[int]:
    """Write the rows where ``keep`` is true to ``path`` (its ending says the format); yields the rows passed so far.

    With ``scores`` a column of that name stands last; NaN is null.
    """
    with_prompts = dataset.column("prompt").null_count < dataset.rows
    names = [name for name in COLUMNS if name != "prompt" or with_prompts]
    writer = (_Parquet if path.suffix == ".parquet" else _JsonLines)(path, names, scores is not None)
    start = 0
    with writer:
        for batch in dataset.batches(names, BATCH):
            stop = start + len(batch)
            mask = keep[start:stop]
            if mask.any():
                columns = [batch[name].filter(pa.array(mask)) for name in names]
                if scores is not None:
                    columns.append(pa.array(scores[start:stop][mask], pa.float32(), from_pandas=True))
                writer.add(columns)
            start = stop
            yield start


def _with_word(dataset: Dataset, word: str) -> np.ndarray:
    """bool (rows,): the word is somewhere in the prompt or the text."""
    found, start = np.zeros(dataset.rows, dtype=bool), 0
    for batch in dataset.batches(("prompt", "text"), BATCH):
        hits = [
            pc.fill_null(pc.match_substring(batch[name], word, ignore_case=True), False) for name in ("prompt", "text")
        ]
        found[start : start + len(batch)] = pc.or_(*hits).to_numpy(zero_copy_only=False)
        start += len(batch)
    return found


class _Parquet:
    def __init__(self, path: Path, names: list[str], scored: bool):
        score = [pa.field("score", pa.float32())] if scored else []
        self._schema = pa.schema([*(pa.field(name, pa.string()) for name in names), *score])
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd", use_dictionary=["domain"])

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._writer.close()

    def add(self, columns: list[pa.Array]) -> None:
        self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=self._schema))


class _JsonLines:
    def __init__(self, path: Path, names: list[str], scored: bool):
        self._file = path.open("wb")
        self._names = [*names, *(["score"] if scored else [])]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._file.close()

    def add(self, columns: list[pa.Array]) -> None:
        rows = pa.RecordBatch.from_arrays(columns, names=self._names).to_pylist()
        encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        self._file.write(("\n".join(map(encode, rows)) + "\n").encode())
