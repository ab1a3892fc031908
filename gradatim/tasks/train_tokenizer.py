"""Trains a byte-level BPE tokenizer on datasets, their held-out samples left out, or takes a given tokenizer.json.

Source: Sennrich et al. 2016, Neural Machine Translation of Rare Words with Subword Units; bytes as in Radford et al. 2019.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gradatim.corpora import chat, tokenizers
from gradatim.corpora.store import Dataset, whole_texts
from gradatim.errors import UserError
from gradatim.events import Artifact, Event, Note, Progress
from gradatim.params import param
from gradatim.seeds import Seed
from gradatim.types import Stopped, TaskContext

version = 1

#: Seconds between two words about the progress of training.
INTERVAL = 0.5


@dataclass(frozen=True, slots=True)
class Params:
    vocab_size: int = param(
        2048,
        label="Vocabulary",
        help="Entries, the 256 bytes and the end-of-text token included.",
        ge=257,
        le=1_000_000,
    )
    datasets: list[str] = param([], help="Digests of the datasets to train on; none named: all inputs.")
    max_bytes: int = param(
        512 << 20,
        label="Text at most",
        help="Where the datasets hold more bytes, samples drawn by the seed, about so many bytes in all, are trained on.",
        ge=1,
    )
    path: str = param("", label="Tokenizer file", help="A tokenizer.json to take as it is; nothing is trained then.")
    end_of_text: str = param(
        "", help="The token that ends a sample in that file, such as </s>; empty: the usual names."
    )
    template: str = param(
        "",
        label="Chat template",
        help="A tokenizer_config.json or a template beside it: how prompts and answers are written.",
    )


def run(context: TaskContext) -> Iterator[Event]:
    params = context.params
    folder = context.out / "tokenizer"
    if params.path:
        template = chat.read(Path(params.template).read_bytes()) if params.template else None
        stored = tokenizers.from_file(Path(params.path), folder, end_of_text=params.end_of_text, template=template)
    else:
        datasets = _datasets(context)
        training = _Training(datasets, params, context.seed)
        yield from training.run(context)
        backend = training.backend
        end = backend.token_to_id(tokenizers.END_OF_TEXT)
        trained_on = [dataset.digest for dataset in datasets]
        stored = tokenizers.write_tokenizer(
            folder, backend, algorithm="byte-level BPE", trained_on=trained_on, end_of_text=end
        )
        if stored.meta["vocab_size"] < params.vocab_size:
            found = stored.meta["vocab_size"]
            yield Note(f"The text is too small for {params.vocab_size:,} entries: it gave {found:,}.", level="warning")
    yield Artifact("tokenizer", "tokenizer", stored.digest, stored.meta)


def _datasets(context: TaskContext) -> list[Dataset]:
    if context.params.datasets:
        stored = [context.inputs.get("dataset", digest) for digest in context.params.datasets]
    else:
        stored = sorted(context.inputs.all("dataset"), key=lambda s: s.digest)
    if not stored:
        raise UserError("A tokenizer needs at least one dataset to train on.", field="datasets")
    return [Dataset(s.path) for s in stored]


class _Training:
    """BPE training in a thread of its own, so that progress can be told while the library works."""

    def __init__(self, datasets: list[Dataset], params: Params, seed: int):
        self.backend = None
        self._datasets = datasets
        self._params = params
        self._rng = Seed(seed).child("train_tokenizer").numpy()
        self._rows = sum(dataset.rows - dataset.meta["held_out"] for dataset in datasets)
        self._read = 0
        self._stop = False
        self._error: Exception | None = None

    def run(self, context: TaskContext) -> Iterator[Event]:
        thread = threading.Thread(target=self._train, daemon=True)
        thread.start()
        while thread.is_alive():
            phase = "reading" if self._read < self._rows else "merging"
            yield Progress(self._read, self._rows, "rows", phase=phase)
            self._stop = self._stop or context.should_stop()
            thread.join(INTERVAL)
        if self._stop:
            raise Stopped
        if self._error:
            raise self._error
        yield Progress(self._rows, self._rows, "rows", phase="merging")

    def _train(self) -> None:
        try:
            self.backend = tokenizers.train_bpe(self._texts(), self._params.vocab_size)
        except Exception as error:  # told in the thread that iterates
            self._error = error

    def _texts(self) -> Iterator[list[str]]:
        """Training samples in lists; an even share of each dataset where all of it would be too much."""
        share = self._params.max_bytes / max(1, sum(int(dataset.meta["bytes"]) for dataset in self._datasets))
        for dataset in self._datasets:
            for batch in dataset.batches(("prompt", "text", "held_out")):
                if self._stop:
                    return
                free = ~batch["held_out"].to_numpy(zero_copy_only=False)
                self._read += int(free.sum())
                if share < 1:
                    free &= self._rng.random(len(free)) < share
                kept = batch.take(np.flatnonzero(free))
                yield whole_texts(kept["prompt"], kept["text"]).to_pylist()
