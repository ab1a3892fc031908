"""Computes one number per sample of a dataset: a score set, by which samples are selected and ordered.

Source: definition
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gradatim import artifacts, registry
from gradatim import digest as digests
from gradatim import params as parameters
from gradatim.corpora.store import Dataset
from gradatim.corpora.tokens import Tokens
from gradatim.errors import UserError
from gradatim.events import Artifact, Event, Note, Progress
from gradatim.params import param
from gradatim.types import Inputs, Reference, ScoreContext, Stopped, TaskContext

version = 1

_DIGEST = r"^[0-9a-f]{64}$"
_REQUEST = "request.txt"


@dataclass(frozen=True, slots=True)
class Params:
    method: str = param(help="The score's name.")
    dataset: str = param(help="Digest of the dataset.", pattern=_DIGEST)
    params: dict = param({}, help="Parameters of the score.")
    tokenizer: str | None = param(None, help="Digest of the tokenizer, where the score works on tokens.")
    checkpoint: str | None = param(None, help="Digest of the model's checkpoint, where the score asks a model.")
    reference: str | None = param(
        None, help="Digest of a dataset that samples are compared with, where the score does that."
    )


def run(context: TaskContext) -> Iterator[Event]:
    """Finished chunks lie in ``out/parts``, where a later attempt finds them; the score set is ``out/scores``."""
    wanted = context.params
    method = registry.load("scores", wanted.method)
    params = parameters.parse(method.Params, wanted.params, where="params")
    dataset = Dataset(context.inputs.get("dataset", wanted.dataset).path)
    document = parameters.as_dict(wanted) | {"params": parameters.as_dict(params), "version": method.version}
    parts = _Parts(context.out / "parts", digests.of_document({"request": document, "seed": context.seed}))
    done = parts.take_over(context.previous)
    if done:
        yield Note(f"An earlier attempt has scored {done:,} samples: going on after them.")
    yield Note(f"Scoring {dataset.rows:,} samples by {wanted.method}.")
    yield Progress(done, dataset.rows, "rows", phase="scoring")
    chunks = method.score(dataset, params, _context(context.inputs, wanted, method, context.seed, done))
    while done < dataset.rows:
        chunk = _checked(next(chunks), dataset, done)
        parts.add(done, chunk)
        tenths = 10 * done // dataset.rows
        done += len(chunk)
        yield Progress(done, dataset.rows, "rows", phase="scoring")
        if 10 * done // dataset.rows > tenths:
            yield Note(f"{done:,} of {dataset.rows:,} samples are scored.")
        if context.should_stop() and done < dataset.rows:
            raise Stopped
    meta = {
        "dataset": dataset.digest,
        "method": wanted.method,
        "params": method.recorded(params) if hasattr(method, "recorded") else parameters.as_dict(params),
        "method_version": method.version,
        "higher_means": getattr(params, "higher_means", method.higher_means),
        "rows": dataset.rows,
        "seed": context.seed,
        "precision": getattr(params, "precision", "exact"),
        "tokenizer": wanted.tokenizer,
        "checkpoint": wanted.checkpoint,
    }
    meta |= {"reference": wanted.reference} if wanted.reference else {}
    missing = method.missing(dataset, params) if hasattr(method, "missing") else None
    if missing is not None:
        found = method.coverage(dataset, missing)
        meta |= found
        if found["missing"]:
            told = ", ".join(repr(name) for name in found["missing_ids"][:3])
            yield Note(
                f"{found['missing']:,} of {dataset.rows:,} samples have no score of their own: {told}"
                f"{' and others' if found['missing'] > 3 else ''}.",
                level="warning",
            )
    stored = _sealed(context.out / "scores", parts.values(), meta, missing)
    yield Artifact("scores", "scores", stored.digest, stored.meta)


def _context(inputs: Inputs, wanted: Params, method, seed: int, start: int) -> ScoreContext:
    """What the score works with; ``UserError`` where something that it needs was not chosen or does not fit."""
    asked = (("tokens", wanted.tokenizer), ("checkpoint", wanted.checkpoint), ("reference", wanted.reference))
    for name, given in asked:
        if name in method.needs and given is None:
            field = "tokenizer" if name == "tokens" else name
            raise UserError(f"The score {wanted.method} needs a {field}: choose one.", field=field)
    tokens = checkpoint = reference = None
    if wanted.tokenizer is not None:
        tokens = Tokens(inputs.find("tokens", dataset=wanted.dataset, tokenizer=wanted.tokenizer).path)
    if wanted.checkpoint is not None:
        stored = inputs.get("checkpoint", wanted.checkpoint)
        if stored.meta.get("tokenizer", wanted.tokenizer) != wanted.tokenizer:
            raise UserError("The checkpoint was trained with another tokenizer: choose the same.", field="tokenizer")
        checkpoint = stored.path
    if wanted.reference is not None:
        other = Tokens(inputs.find("tokens", dataset=wanted.reference, tokenizer=wanted.tokenizer).path)
        reference = Reference(Dataset(inputs.get("dataset", wanted.reference).path), other)
    return ScoreContext(seed, tokens, checkpoint, start, reference)


def _checked(chunk: np.ndarray, dataset: Dataset, start: int) -> np.ndarray:
    """float32 without -0.0; ``UserError`` with count and first ids where values are not finite."""
    chunk = np.asarray(chunk, np.float32) + np.float32(0)
    bad = np.flatnonzero(~np.isfinite(chunk))
    if len(bad):
        ids = ", ".join(repr(row["id"]) for row in dataset.rows_at(start + bad[:3]))
        raise UserError(
            f"{len(bad):,} of the samples {start:,} to {start + len(chunk) - 1:,} have a score that is no finite number; "
            f"the first: {ids}."
        )
    return chunk


class _Parts:
    """Chunks on disk, each named by its first row, beside the digest of the request that they answer."""

    def __init__(self, folder: Path, request: str):
        self.folder, self.request = folder, request
        folder.mkdir(parents=True, exist_ok=True)
        if not self._answers(folder):
            for stale in folder.glob("part-*.npy"):
                stale.unlink()

    def take_over(self, previous: tuple[Path, ...]) -> int:
        """Rows that earlier attempts at the same request have finished, without a gap from the first row on."""
        done = 0
        for folder in (out / "parts" for out in previous):
            if not self._answers(folder):
                continue
            while (part := folder / _name(done)).is_file():
                chunk = np.load(part, allow_pickle=False)
                if folder.resolve() != self.folder.resolve():
                    self.add(done, chunk)
                done += len(chunk)
        (self.folder / _REQUEST).write_text(self.request, encoding="ascii")
        return done

    def add(self, start: int, chunk: np.ndarray) -> None:
        beside = self.folder / "chunk.part"
        with beside.open("wb") as file:
            np.save(file, chunk, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, self.folder / _name(start))

    def values(self) -> np.ndarray:
        """float32 (rows,): all chunks in order; what else lies in the folder is of another request."""
        chunks, done = [], 0
        while (part := self.folder / _name(done)).is_file():
            chunks.append(np.load(part, allow_pickle=False))
            done += len(chunks[-1])
        return np.concatenate(chunks)

    def _answers(self, folder: Path) -> bool:
        request = folder / _REQUEST
        return request.is_file() and request.read_text(encoding="ascii") == self.request


def _name(start: int) -> str:
    return f"part-{start:012d}.npy"


def _sealed(folder: Path, values: np.ndarray, meta: dict, missing: np.ndarray | None) -> artifacts.Stored:
    """``missing.npy``, where there is any: positions of the samples that have no score of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "scores.npy", values, allow_pickle=False)
    if missing is not None and len(missing):
        np.save(folder / "missing.npy", missing.astype("<u4"), allow_pickle=False)
    extremes = {"minimum": float(values.min()), "maximum": float(values.max())}
    return artifacts.seal(folder, "scores", meta | extremes)
