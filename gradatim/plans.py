"""The plan artifact on disk: four uint32 columns in consumption order, written as a stream and read memory-mapped."""

from pathlib import Path

import numpy as np

from gradatim import artifacts
from gradatim.errors import UserError
from gradatim.interleave import Served

COLUMNS = ("stream", "position", "epoch", "tokens")
_DTYPE = np.dtype("<u4")


class Plan:
    """A plan artifact for reading; sample ``i`` is the i-th that training consumes.

    ``stream`` indexes :attr:`streams`; ``position`` is the row in that stream's dataset; ``epoch`` the 0-based pass of
    the stream within its phase; ``tokens`` the sample's length. All uint32 (samples,), memory-mapped.
    """

    def __init__(self, folder: Path):
        self.folder = Path(folder)
        stored = artifacts.read(self.folder)
        if stored.kind != "plan":
            raise UserError(f"{self.folder} holds a {stored.kind}, not a plan.")
        self.digest: str = stored.digest
        self.meta: dict = stored.meta
        #: One entry per stream of every phase, in order: phase (index), name, dataset, seed, ...
        self.streams: list[dict] = stored.meta["streams"]
        #: One entry per phase: name, start and stop (samples), budget_tokens, planned_tokens, weights (planned shares on
        #: average), planned (those in equal parts of the phase, where they change), sizes (tokens that each stream keeps),
        #: consumed (shares of tokens), epochs (passes of each stream, the last one as the share of its tokens that was
        #: served), domains (tokens and passes of each, over all streams) and ran_out (streams that had no further pass: after
        #: how many tokens of the phase, and what then). Plans of earlier versions have no sizes, domains and ran_out.
        self.phases: list[dict] = stored.meta["phases"]
        columns = [np.load(self.folder / f"{name}.npy", mmap_mode="r") for name in COLUMNS]
        self.stream, self.position, self.epoch, self.tokens = columns
        if any(len(column) != stored.meta["samples"] for column in columns):
            raise UserError(f"The plan {self.digest[:12]} is damaged: its columns differ in length.")

    def __len__(self) -> int:
        return len(self.stream)

    def shares(self, points: int = 200) -> dict:
        """Mixture along the plan, for a figure: ``tokens`` (ends of at most ``points`` stretches, tokens since the
        start) and ``streams``: {"phase/name": consumed token share in each stretch}. Stretches end at phase starts.
        """
        ends = np.cumsum(self.tokens, dtype=np.int64)
        marks = np.linspace(0, ends[-1], points + 1)[1:]
        cuts = {int(i) + 1 for i in np.searchsorted(ends, marks)} | {phase["stop"] for phase in self.phases}
        stops = np.array(sorted(cut for cut in cuts if cut <= len(self)), np.int64)
        stretch = np.repeat(np.arange(len(stops)), np.diff(stops, prepend=0))
        cells = stretch * len(self.streams) + self.stream
        table = np.bincount(cells, weights=self.tokens, minlength=len(stops) * len(self.streams))
        table = table.reshape(len(stops), len(self.streams))
        table /= table.sum(axis=1, keepdims=True)
        names = [f"{self.phases[entry['phase']]['name']}/{entry['name']}" for entry in self.streams]
        return {
            "tokens": ends[stops - 1].tolist(),
            "streams": {name: table[:, k].tolist() for k, name in enumerate(names)},
        }


class PlanWriter:
    """Appends to the columns of a plan: memory is bounded by what is appended at once. Use as a context manager."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.samples = self.tokens = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._files = [(folder / f"{name}.npy").open("wb") for name in COLUMNS]
        self._header_sizes = [self._write_header(file, 0) for file in self._files]

    def append(self, served: Served, first_stream: int) -> None:
        """``first_stream`` is the number of the phase's first stream among the plan's."""
        stream = served.stream + np.uint32(first_stream)
        columns = (stream, served.position, served.epoch, served.tokens)
        for file, column in zip(self._files, columns, strict=True):
            file.write(np.ascontiguousarray(column, _DTYPE).data)
        self.samples += len(served)
        self.tokens += int(served.tokens.sum(dtype=np.int64))

    def __enter__(self) -> "PlanWriter":
        return self

    def __exit__(self, kind, error, trace) -> None:
        for file, size in zip(self._files, self._header_sizes, strict=True):
            if kind is None:
                file.seek(0)
                if self._write_header(file, self.samples) != size:
                    raise RuntimeError("the header of a column grew")
            file.close()

    @staticmethod
    def _write_header(file, rows: int) -> int:
        """numpy leaves room in the header for a growing first axis, so it can be written again at the end."""
        header = {"descr": _DTYPE.str, "fortran_order": False, "shape": (rows,)}
        np.lib.format.write_array_header_1_0(file, header)
        return file.tell()
