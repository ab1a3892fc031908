"""Which samples are for evaluation only: a hash of the text decides, so every import of a text agrees."""

import hashlib
from collections.abc import Iterable

import numpy as np

#: Held out are the samples whose hash modulo PARTS is below HELD_OUT_PARTS: 2 %.
PARTS = 10_000
HELD_OUT_PARTS = 200


def is_held_out(prompts: Iterable[str | None], texts: Iterable[str]) -> np.ndarray:
    """bool (rows,): first eight bytes (big-endian) of SHA-256 of prompt, NUL and text, modulo 10,000, below 200."""
    sha256 = hashlib.sha256
    heads = b"".join(
        sha256(f"{prompt or ''}\x00{text}".encode()).digest()[:8] for prompt, text in zip(prompts, texts, strict=True)
    )
    return np.frombuffer(heads, ">u8") % PARTS < HELD_OUT_PARTS
