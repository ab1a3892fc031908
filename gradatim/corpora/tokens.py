"""The tokens artifact: every sample of a dataset as token ids, back to back, memory-mapped."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gradatim import artifacts
from gradatim.corpora.store import Dataset
from gradatim.corpora.tokenizers import Tokenizer
from gradatim.errors import UserError
from gradatim.events import Artifact, Event, Progress

#: Samples that are encoded at once; the library spreads them over its threads.
CHUNK = 1024


def dtype_for(vocab_size: int) -> str:
    """Little-endian uint16 holds a vocabulary of up to 65,536 entries, uint32 any other."""
    return "uint16" if vocab_size <= 1 << 16 else "uint32"


def write_tokens(out: Path, dataset: Dataset, tokenizer: Tokenizer) -> Iterator[Event]:
    """Write ``out/tokens`` and announce it as role "tokens". Every sample ends with the end-of-text token.

    Where samples have prompts, ``prompts.npy`` says how many of their tokens these are; the newline between prompt and answer
    is the prompt's. With a chat template that is what stands before the answer.
    """
    folder = out / "tokens"
    folder.mkdir(parents=True, exist_ok=True)
    name = dtype_for(tokenizer.vocab_size)
    dtype = np.dtype(name).newbyteorder("<")
    lengths, prompts = np.zeros(dataset.rows, dtype=np.int64), np.zeros(dataset.rows, dtype="<i4")
    row = prompted = 0
    yield Progress(0, dataset.rows, "rows", phase="tokenizing")
    with (folder / "tokens.bin").open("wb") as file:
        for texts, starts in dataset.parted_batches(CHUNK):
            if starts.any():
                prompted += int((starts > 0).sum())
                samples, prompts[row : row + len(texts)] = _parted(tokenizer, texts, starts)
            else:
                samples = tokenizer.encode(texts)
            for ids in samples:
                # a chat template may have written it
                if tokenizer.chat is None or ids[-1:] != [tokenizer.end_of_text]:
                    ids.append(tokenizer.end_of_text)
            flat = [token for ids in samples for token in ids]
            file.write(np.array(flat, dtype=dtype).tobytes())
            lengths[row : row + len(samples)] = [len(ids) for ids in samples]
            row += len(samples)
            yield Progress(row, dataset.rows, "rows", phase="tokenizing")
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype("<i8")
    np.save(folder / "offsets.npy", offsets)
    if prompted:
        np.save(folder / "prompts.npy", prompts)
    codes, held_out = dataset.domain_codes(), dataset.held_out()
    totals = np.bincount(codes, weights=lengths, minlength=len(dataset.domains))
    held = np.bincount(codes[held_out], weights=lengths[held_out], minlength=len(dataset.domains))
    meta = {
        "dataset": dataset.digest,
        "tokenizer": tokenizer.digest,
        "rows": dataset.rows,
        "tokens": int(offsets[-1]),
        "dtype": name,
        "prompts": prompted,
        "end_of_text": tokenizer.end_of_text,
        "vocab_size": tokenizer.vocab_size,
        "domains": {
            domain: {"tokens": int(totals[code]), "held_out_tokens": int(held[code])}
            for code, domain in enumerate(dataset.domains)
        },
    }
    stored = artifacts.seal(folder, "tokens", meta)
    yield Artifact("tokens", "tokens", stored.digest, stored.meta)


def _parted(tokenizer: Tokenizer, texts: list[str], starts: np.ndarray) -> tuple[list[list[int]], list[int]]:
    """Token ids of each sample and of how many tokens its prompt is: framed by the tokenizer's chat template where it has one."""
    if tokenizer.chat is None:
        return tokenizer.encode_parted(texts, starts.tolist())
    asked = np.flatnonzero(starts)
    parts = [(texts[k][: starts[k] - 1], texts[k][starts[k] :]) for k in asked]
    framed, before = tokenizer.chat.encode(tokenizer, *map(list, zip(*parts, strict=True)))
    plain = iter(tokenizer.encode([text for text, start in zip(texts, starts, strict=True) if not start]))
    found = dict(zip(asked.tolist(), zip(framed, before, strict=True), strict=True))
    both = [found.get(k) or (next(plain), 0) for k in range(len(texts))]
    return [ids for ids, _ in both], [count for _, count in both]


class Tokens:
    """A tokens artifact for reading; rows are the dataset's positions."""

    def __init__(self, folder: Path):
        self.folder = Path(folder)
        stored = artifacts.read(self.folder)
        if stored.kind != "tokens":
            raise UserError(f"{self.folder} holds a {stored.kind}, not tokens.")
        self.digest: str = stored.digest
        self.meta: dict = stored.meta
        self.rows: int = stored.meta["rows"]
        self.end_of_text: int = stored.meta["end_of_text"]
        self.vocab_size: int = stored.meta["vocab_size"]
        #: int64 (rows + 1,): sample i is data[offsets[i]:offsets[i + 1]], its end-of-text token included.
        self.offsets: np.ndarray = np.load(self.folder / "offsets.npy", mmap_mode="r")
        #: uint16 or uint32 (tokens,), memory-mapped.
        dtype = np.dtype(stored.meta["dtype"]).newbyteorder("<")
        self.data: np.ndarray = np.memmap(self.folder / "tokens.bin", dtype=dtype, mode="r")
        if len(self.offsets) != self.rows + 1 or self.offsets[-1] != len(self.data):
            raise UserError(f"The tokens {self.digest[:12]} are damaged: offsets and data differ in length.")

    @property
    def lengths(self) -> np.ndarray:
        """int32 (rows,): tokens of each sample, its end-of-text token included."""
        return np.diff(self.offsets).astype(np.int32)

    @property
    def prompts(self) -> np.ndarray | None:
        """int32 (rows,): tokens of each sample's prompt, 0 where it has none; None where nobody counted them."""
        counted = self.meta.get("prompts")
        if counted:
            return np.load(self.folder / "prompts.npy", mmap_mode="r")
        return None if counted is None else np.zeros(self.rows, np.int32)

    def sample(self, row: int) -> np.ndarray:
        """Token ids of one sample, its end-of-text token included: a read-only view, no copy."""
        return self.data[self.offsets[row] : self.offsets[row + 1]]
