"""The dataset artifact: Parquet shards of samples in import order, written as a stream and read by position."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gradatim import artifacts
from gradatim.corpora.heldout import is_held_out
from gradatim.corpora.rows import Batch
from gradatim.errors import UserError
from gradatim.events import Artifact, Event, Progress

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("domain", pa.string(), nullable=False),
        pa.field("prompt", pa.string()),
        pa.field("text", pa.string(), nullable=False),
        pa.field("bytes", pa.int32(), nullable=False),
        pa.field("held_out", pa.bool_(), nullable=False),
    ]
)
GROUP_ROWS = 4096
#: A row group ends early when its texts reach this size, so that very long samples do not cost memory.
GROUP_BYTES = 64 << 20
SHARD_ROWS = 262_144
#: More domains than this are a mapping mistake (an address, a title), and would drown every chart.
MAX_DOMAINS = 1000


def write_dataset(
    out: Path, batches: Iterable[Batch], *, source: dict, total: float | None = None, unit: str = "bytes"
) -> Iterator[Event]:
    """Write ``out/dataset`` from checked batches and announce it as role "dataset"; memory is bounded by a row group.

    ``total`` and ``unit`` are of the batches' ``done``. ``source`` goes to the manifest as it is. ``UserError`` where
    no sample is left, or where there are more than 1,000 domains.
    """
    folder = out / "dataset"
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("samples-*.parquet"):  # of a try that was cut off
        stale.unlink()
    writer = _Writer(folder)
    try:
        for batch in batches:
            writer.add(batch.rows)
            yield Progress(batch.done, total, unit, phase="importing", detail=f"{writer.taken:,} rows so far")
        writer.flush()
    finally:
        writer.end()
    if not writer.rows:
        raise UserError("There is no sample to import in this source.", field="source")
    totals = {key: sum(d[key] for d in writer.domains.values()) for key in ("bytes", "held_out")}
    domains = {name: writer.domains[name] for name in sorted(writer.domains)}
    meta = {"rows": writer.rows, **totals, "domains": domains, "source": source}
    stored = artifacts.seal(folder, "dataset", meta)
    yield Artifact("dataset", "dataset", stored.digest, stored.meta)


class _Writer:
    def __init__(self, folder: Path):
        self.folder = folder
        self.rows = 0
        self.domains: dict[str, dict[str, int]] = {}
        self._pending: list[pa.RecordBatch] = []
        self._pending_rows = self._pending_bytes = 0
        self._shard: pq.ParquetWriter | None = None
        self._shard_rows = self._shards = 0
        # one row group is compressed while the next is read
        self._thread = ThreadPoolExecutor(1)
        self._writing: Future | None = None

    @property
    def taken(self) -> int:
        return self.rows + self._pending_rows

    def add(self, rows: pa.RecordBatch) -> None:
        while len(rows):
            part = rows.slice(0, GROUP_ROWS - self._pending_rows)
            rows = rows.slice(len(part))
            self._pending.append(part)
            self._pending_rows += len(part)
            self._pending_bytes += part.nbytes
            if self._pending_rows == GROUP_ROWS or self._pending_bytes >= GROUP_BYTES:
                self.flush()

    def flush(self) -> None:
        """Write what is pending as one row group."""
        if not self._pending_rows:
            return
        table = self._finished(pa.Table.from_batches(self._pending).combine_chunks())
        self._pending, self._pending_rows, self._pending_bytes = [], 0, 0
        self._count(table)
        while len(table):
            if self._shard is None:
                path = self.folder / f"samples-{self._shards:05d}.parquet"
                self._shard = pq.ParquetWriter(path, SCHEMA, compression="zstd", use_dictionary=["domain"])
                self._shards += 1
                self._shard_rows = 0
            part = table.slice(0, SHARD_ROWS - self._shard_rows)
            table = table.slice(len(part))
            self._written()
            self._writing = self._thread.submit(self._shard.write_table, part, row_group_size=GROUP_ROWS)
            self._shard_rows += len(part)
            if self._shard_rows == SHARD_ROWS:
                self.close()

    def close(self) -> None:
        """The shard is complete."""
        if self._shard is not None:
            shard, self._shard = self._shard, None
            try:
                self._written()
            finally:
                shard.close()

    def end(self) -> None:
        with self._thread:
            self.close()

    def _written(self) -> None:
        """Wait for the row group in hand; what went wrong with it is raised here."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def _finished(self, table: pa.Table) -> pa.Table:
        prompt, text = table["prompt"], table["text"]
        lengths = pc.add(pc.fill_null(pc.binary_length(prompt), 0), pc.binary_length(text))
        held_out = is_held_out(prompt, text)
        columns = [table["id"], table["domain"], prompt, text, lengths.cast(pa.int32()), pa.array(held_out)]
        return pa.Table.from_arrays(columns, schema=SCHEMA)

    def _count(self, table: pa.Table) -> None:
        self.rows += len(table)
        sums = table.group_by("domain").aggregate([("bytes", "count"), ("bytes", "sum"), ("held_out", "sum")])
        for entry in sums.to_pylist():
            domain = self.domains.setdefault(entry["domain"], {"rows": 0, "bytes": 0, "held_out": 0})
            domain["rows"] += entry["bytes_count"]
            domain["bytes"] += entry["bytes_sum"]
            domain["held_out"] += int(entry["held_out_sum"])
        if len(self.domains) > MAX_DOMAINS:
            raise UserError(
                f"There are more than {MAX_DOMAINS:,} domains: map the domain to a field with few different values.",
                field="source.mapping.domain",
            )


class Dataset:
    """A dataset artifact for reading. A sample's position is its row number over all shards."""

    def __init__(self, folder: Path):
        self.folder = Path(folder)
        stored = artifacts.read(self.folder)
        if stored.kind != "dataset":
            raise UserError(f"{self.folder} holds a {stored.kind}, not a dataset.")
        self.digest: str = stored.digest
        self.meta: dict = stored.meta
        self.rows: int = stored.meta["rows"]
        #: Names, sorted; domain codes are indices into this list.
        self.domains: list[str] = sorted(stored.meta["domains"])
        self._files = [pq.ParquetFile(path) for path in sorted(self.folder.glob("samples-*.parquet"))]
        self._groups = [(file, g) for file in self._files for g in range(file.metadata.num_row_groups)]
        sizes = [file.metadata.row_group(g).num_rows for file, g in self._groups]
        #: First position of every row group, and the number of rows at the end: int64 (groups + 1,).
        self._starts = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)
        if self._starts[-1] != self.rows:
            raise UserError(f"The dataset {self.digest[:12]} is damaged: its shards do not hold {self.rows:,} rows.")

    def batches(self, columns: Sequence[str], size: int = 4096, start: int = 0) -> Iterator[pa.RecordBatch]:
        """All rows from position ``start`` on, in order: record batches of at most ``size`` rows, columns as asked."""
        columns = list(columns)
        for group in range(int(np.searchsorted(self._starts, start, "right")) - 1, len(self._groups)):
            file, index = self._groups[group]
            skip = max(0, start - int(self._starts[group]))
            table = file.read_row_group(index, columns=columns).select(columns).slice(skip).combine_chunks()
            yield from table.to_batches(max_chunksize=size)

    def text_batches(self, size: int = 4096, start: int = 0) -> Iterator[list[str]]:
        """The whole samples in order, as :meth:`texts` gives them, in lists of at most ``size``."""
        for batch in self.batches(("prompt", "text"), size, start):
            yield whole_texts(batch["prompt"], batch["text"]).to_pylist()

    def parted_batches(self, size: int = 4096) -> Iterator[tuple[list[str], np.ndarray]]:
        """As :meth:`text_batches`, each with the places (int64, characters) where the answers begin: 0 where there is no prompt."""
        for batch in self.batches(("prompt", "text"), size):
            starts = pc.add(pc.utf8_length(batch["prompt"]), 1)
            yield (
                whole_texts(batch["prompt"], batch["text"]).to_pylist(),
                pc.fill_null(starts, 0).to_numpy().astype(int),
            )

    def column(self, name: str) -> pa.ChunkedArray:
        """One whole column (mind the size of ``text``)."""
        return pa.chunked_array([batch[0] for batch in self.batches((name,))], SCHEMA.field(name).type)

    def domain_codes(self) -> np.ndarray:
        """int32 (rows,): index of each sample's domain in ``domains``."""
        codes = pc.index_in(self.column("domain"), value_set=pa.array(self.domains, pa.string()))
        return codes.to_numpy().astype(np.int32, copy=False)

    def held_out(self) -> np.ndarray:
        """bool (rows,): true for the samples that no plan may contain."""
        return self.column("held_out").to_numpy()

    def byte_counts(self) -> np.ndarray:
        """int32 (rows,): UTF-8 bytes of prompt and text together."""
        return self.column("bytes").to_numpy()

    def texts(self, positions: Sequence[int] | np.ndarray) -> list[str]:
        """Whole samples (prompt, newline, text where there is a prompt: what the model sees), in the order asked."""
        table = self._take(positions, ("prompt", "text"))
        return whole_texts(table["prompt"], table["text"]).to_pylist()

    def rows_at(self, positions: Sequence[int] | np.ndarray) -> list[dict]:
        """All columns and ``position`` of a few samples, in the order asked; reads only their row groups."""
        positions = np.asarray(positions, dtype=np.int64)
        rows = self._take(positions, SCHEMA.names).to_pylist()
        return [{"position": int(p), **row} for p, row in zip(positions, rows, strict=True)]

    def _take(self, positions: Sequence[int] | np.ndarray, columns: Sequence[str]) -> pa.Table:
        positions = np.asarray(positions, dtype=np.int64)
        schema = pa.schema([SCHEMA.field(name) for name in columns])
        if not len(positions):
            return schema.empty_table()
        if positions.min() < 0 or positions.max() >= self.rows:
            raise UserError(
                f"The dataset {self.digest[:12]} has positions 0 to {self.rows - 1} only.", field="positions"
            )
        order = np.argsort(positions, kind="stable")
        ascending = positions[order]
        bounds = np.searchsorted(ascending, self._starts)
        taken = []
        for group in np.flatnonzero(np.diff(bounds)):
            file, index = self._groups[group]
            inside = ascending[bounds[group] : bounds[group + 1]] - self._starts[group]
            taken.append(file.read_row_group(index, columns=list(columns)).select(list(columns)).take(inside))
        back = np.empty(len(order), dtype=np.int64)
        back[order] = np.arange(len(order))
        return pa.concat_tables(taken).take(back)


def whole_texts(prompt: pa.Array | pa.ChunkedArray, text: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """prompt + newline + text, or the text alone where the prompt is null."""
    return pc.if_else(pc.is_null(prompt), text, pc.binary_join_element_wise(prompt, text, "\n"))
