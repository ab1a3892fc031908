"""Artifacts made by hand, for tests of what reads them: no tokenizer, no text worth reading."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from gradatim import artifacts
from gradatim.types import Inputs

TOKENIZER = "7" * 64


def make_dataset(folder: Path, domains: list[str], held_out: list[bool]) -> artifacts.Stored:
    """A dataset of ``len(domains)`` samples; ``held_out`` is as given, not as the hash would have it."""
    n = len(domains)
    folder.mkdir(parents=True)
    columns = {
        "id": pa.array([str(i) for i in range(n)]),
        "domain": pa.array(domains),
        "prompt": pa.nulls(n, pa.string()),
        "text": pa.array([f"sample {i}" for i in range(n)]),
        "bytes": pa.array([len(f"sample {i}") for i in range(n)], pa.int32()),
        "held_out": pa.array(held_out),
    }
    pq.write_table(pa.table(columns), folder / "samples-00000.parquet", compression="zstd")
    by_domain = {
        name: {
            "rows": domains.count(name),
            "bytes": 8 * domains.count(name),
            "held_out": sum(bool(h) for d, h in zip(domains, held_out, strict=True) if d == name),
        }
        for name in sorted(set(domains))
    }
    meta = {
        "rows": n,
        "bytes": 8 * n,
        "held_out": sum(map(bool, held_out)),
        "domains": by_domain,
        "source": {"made": str(folder)},
    }
    return artifacts.seal(folder, "dataset", meta)


def make_tokens(folder: Path, dataset: artifacts.Stored, lengths: list[int]) -> artifacts.Stored:
    folder.mkdir(parents=True)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    np.save(folder / "offsets.npy", offsets)
    np.zeros(int(offsets[-1]), "<u2").tofile(folder / "tokens.bin")
    meta = {
        "dataset": dataset.digest,
        "tokenizer": TOKENIZER,
        "rows": len(lengths),
        "tokens": int(offsets[-1]),
        "dtype": "uint16",
        "end_of_text": 0,
        "vocab_size": 16,
        "domains": {name: {"tokens": 0, "held_out_tokens": 0} for name in dataset.meta["domains"]},
    }
    return artifacts.seal(folder, "tokens", meta)


def make_scores(folder: Path, dataset: artifacts.Stored, scores: list[float] | np.ndarray) -> artifacts.Stored:
    folder.mkdir(parents=True)
    values = np.asarray(scores, np.float32)
    np.save(folder / "scores.npy", values)
    meta = {
        "dataset": dataset.digest,
        "method": "length",
        "params": {},
        "method_version": 1,
        "higher_means": "neutral",
        "rows": len(values),
        "seed": 0,
        "precision": "exact",
        "minimum": float(np.nanmin(values)),
        "maximum": float(np.nanmax(values)),
    }
    return artifacts.seal(folder, "scores", meta)


class Made:
    """One dataset with tokens and scores, and the inputs that hold them."""

    def __init__(self, folder: Path, domains: list[str], held_out: list[bool], lengths: list[int], scores=None):
        self.domains, self.held_out, self.lengths = domains, np.array(held_out), np.array(lengths)
        self.scores = np.arange(len(domains), dtype=np.float32) if scores is None else np.asarray(scores, np.float32)
        self.dataset = make_dataset(folder / "dataset", domains, held_out)
        self.tokens = make_tokens(folder / "tokens", self.dataset, lengths)
        self.score_set = make_scores(folder / "scores", self.dataset, self.scores)
        self.stored = [self.dataset, self.tokens, self.score_set]
        self.inputs = Inputs(self.stored)

    @classmethod
    def regular(cls, folder: Path, rows: int = 200, length: int = 10) -> "Made":
        """Domains code and prose in turn, every 20th sample held out, equal lengths, scores in random order."""
        domains = ["code" if i % 2 else "prose" for i in range(rows)]
        held_out = [i % 20 == 0 for i in range(rows)]
        scores = np.random.default_rng(5).permutation(rows)
        return cls(folder, domains, held_out, [length] * rows, scores)
