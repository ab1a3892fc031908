"""Writes samples of a dataset, all or a selection, as one JSON Lines or Parquet file.

Source: definition
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from gradatim import artifacts
from gradatim.corpora import export
from gradatim.corpora.store import Dataset
from gradatim.errors import UserError
from gradatim.events import Artifact, Event, Note, Progress
from gradatim.params import param
from gradatim.types import Stopped, TaskContext

version = 1

_DIGEST = r"^[0-9a-f]{64}$"


@dataclass(frozen=True, slots=True)
class Params:
    dataset: str = param(help="Digest of the dataset.", pattern=_DIGEST)
    format: Literal["jsonl", "parquet"] = param("jsonl", help="JSON Lines, or Parquet compressed with zstd.")
    domain: str = param("", help="This domain alone.")
    word: str = param("", help="Samples that contain this word, in any case.")
    scores: str | None = param(None, help="Digest of a score set, whose values are written beside the samples.")
    pick: Literal["", "highest", "lowest", "between"] = param("", help="Which samples by their score.")
    count: int = param(0, help="How many of the highest or lowest.", ge=0)
    low: float | None = param(None, help="The least score, for between.")
    high: float | None = param(None, help="The largest score, for between.")


def run(context: TaskContext) -> Iterator[Event]:
    asked = context.params
    dataset = Dataset(context.inputs.get("dataset", asked.dataset).path)
    scores = np.load(context.inputs.get("scores", asked.scores).path / "scores.npy") if asked.scores else None
    wanted = export.Wanted(asked.domain, asked.word, asked.pick, asked.count, asked.low, asked.high)
    keep = export.rows_of(dataset, wanted, scores)
    rows = int(keep.sum())
    if not rows:
        raise UserError("No sample is left by this selection: there is nothing to export.", field="selection")
    folder = context.out / "export"
    folder.mkdir(exist_ok=True)
    name = f"samples.{asked.format}"
    for done in export.write(dataset, keep, folder / name, scores):
        yield Progress(done, dataset.rows, "rows", phase="exporting")
        if context.should_stop():
            raise Stopped
    yield Note(f"{rows:,} of {dataset.rows:,} samples were exported.")
    meta = {"dataset": dataset.digest, "format": asked.format, "rows": rows, "file": name}
    stored = artifacts.seal(folder, "export", meta)
    yield Artifact("export", "export", stored.digest, stored.meta)
