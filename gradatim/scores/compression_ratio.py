"""How badly a sample compresses: compressed bytes over original bytes. Repetitive text compresses well and has a low ratio;
dense or unusual text has a high one.

Texts below about a thousand bytes compress badly because they are short. A window takes that out: each sample is then
compressed in pieces of the same size.

Source: definition (DEFLATE, RFC 1951, in the zlib format); as a difficulty, arXiv 2506.11300
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gradatim.corpora.store import Dataset
from gradatim.params import param
from gradatim.types import ScoreContext

title = "Compression ratio"
version = 1
higher_means = "harder"
device = "cpu"
needs = ()


@dataclass(frozen=True, slots=True)
class Params:
    level: int = param(9, help="Effort of the compressor; 9 finds the most.", ge=1, le=9)
    window: int = param(
        0,
        help="Compress pieces of this many bytes and leave out a shorter last one; 0 compresses the whole sample. "
        "A sample shorter than one piece is compressed whole.",
        ge=0,
    )


def score(samples: Dataset, params: Params, context: ScoreContext) -> Iterator[np.ndarray]:
    """An empty sample has the ratio 1: there is nothing to save."""
    for texts in samples.text_batches(start=context.start):
        yield np.array([ratio(text.encode(), params.level, params.window) for text in texts], np.float32)


def ratio(data: bytes, level: int, window: int) -> float:
    if not data:
        return 1.0
    if not window or len(data) < window:
        return len(zlib.compress(data, level)) / len(data)
    whole = len(data) // window * window
    pieces = (data[start : start + window] for start in range(0, whole, window))
    return sum(len(zlib.compress(piece, level)) for piece in pieces) / whole
