"""Token corpora made for benchmarks: a dataset with a tokenizer and its tokens, as artifacts, the same for the same arguments."""

from pathlib import Path

import numpy as np

from gradatim import artifacts
from gradatim.artifacts import Stored
from gradatim.corpora import rows, store, tokens

END = 0


def corpus(folder: Path, lengths: np.ndarray, vocab_size: int, seed: int = 0) -> tuple[Stored, Stored, Stored]:
    """Dataset, tokenizer and tokens; sample i has ``lengths[i]`` tokens, the last of which ends it.

    Token ids are drawn at random, more often low ones than high ones: what they would spell does not matter for speed.
    """
    rng = np.random.default_rng(seed)
    texts = [f"sample {i} " + "x" * int(3 * n) for i, n in enumerate(lengths)]
    names = [str(i) for i in range(len(texts))]
    batch = rows.batch_of(names, ["all"] * len(texts), None, texts, range(1, len(texts) + 1), len(texts))
    *_, made = store.write_dataset(folder, [batch], source={"name": "benchmark"})
    dataset = artifacts.read(folder / made.path)
    (folder / "tokenizer").mkdir()
    (folder / "tokenizer" / "tokenizer.json").write_text('{"made": "for a benchmark"}')
    about = {"vocab_size": vocab_size, "end_of_text": END, "algorithm": "none", "trained_on": []}
    tokenizer = artifacts.seal(folder / "tokenizer", "tokenizer", about)
    into = folder / "tokens"
    into.mkdir()
    total = int(lengths.sum())
    ids = 1 + (rng.random(total) ** 3 * (vocab_size - 1)).astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype("<i8")
    ids[offsets[1:] - 1] = END
    dtype = tokens.dtype_for(vocab_size)
    ids.astype(dtype).tofile(into / "tokens.bin")
    np.save(into / "offsets.npy", offsets)
    meta = {"dataset": dataset.digest, "tokenizer": tokenizer.digest, "rows": len(lengths), "tokens": total}
    meta |= {"dtype": dtype, "end_of_text": END, "vocab_size": vocab_size}
    meta["domains"] = {"all": {"tokens": total, "held_out_tokens": 0}}
    return dataset, tokenizer, artifacts.seal(into, "tokens", meta)
