"""Which samples of a dataset contain a word: part by part, so that whoever asks can stop at any time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gradatim.corpora.store import Dataset


@dataclass(frozen=True, slots=True)
class Part:
    """``positions`` (int64, ascending) are what matches before the position ``stop``; ``bytes`` were read for it."""

    positions: np.ndarray
    stop: int
    bytes: int


def search(dataset: Dataset, *, word: str = "", domain: str = "", start: int = 0) -> Iterator[Part]:
    """The samples from position ``start`` on that contain the word (in any case) and are of the domain; "" asks for any.

    Text is read only where a word is asked for, and never more than one row group of it is in memory.
    """
    columns = ("domain", "prompt", "text") if word else ("domain",)
    for batch in dataset.batches(columns, start=start):
        places = np.arange(len(batch))
        if domain:
            places = places[pc.equal(batch["domain"], domain).to_numpy(zero_copy_only=False)]
        if word and len(places):
            chosen = batch if len(places) == len(batch) else batch.take(pa.array(places))
            places = places[_contains(chosen, word)]
        stop = start + len(batch)
        yield Part(places.astype(np.int64) + start, stop, batch.nbytes)
        start = stop


def _contains(batch: pa.RecordBatch, word: str) -> np.ndarray:
    found = pc.match_substring(batch["text"], word, ignore_case=True)
    asked = pc.fill_null(pc.match_substring(batch["prompt"], word, ignore_case=True), False)
    return pc.or_(found, asked).to_numpy(zero_copy_only=False)
