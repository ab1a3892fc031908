"""Which samples are for evaluation only: a hash of the text decides, so every import of a text agrees."""

import hashlib
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

#: Held out are the samples whose hash modulo PARTS is below HELD_OUT_PARTS: 2 %.
PARTS = 10_000
HELD_OUT_PARTS = 200


def is_held_out(prompts: pa.Array | pa.ChunkedArray, texts: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """bool (rows,): first eight bytes (big-endian) of SHA-256 of prompt, NUL and text, modulo 10,000, below 200."""
    whole = pc.binary_join_element_wise(pc.fill_null(prompts, ""), texts, "\x00").cast(pa.large_string())
    whole = whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole
    if not len(whole):
        return np.empty(0, bool)
    _, offsets, data = whole.buffers()
    data, sha256 = memoryview(data), hashlib.sha256
    ends = np.frombuffer(offsets, np.int64)[: len(whole) + 1].tolist()
    heads = b"".join([sha256(data[start:end]).digest()[:8] for start, end in pairwise(ends)])
    return np.frombuffer(heads, ">u8") % PARTS < HELD_OUT_PARTS
