"""How long a sample is. Nearly every other score depends on length, so it is worth having beside them.

Source: definition
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow.compute as pc

from gradatim.corpora.store import Dataset
from gradatim.errors import UserError
from gradatim.params import param
from gradatim.types import ScoreContext

title = "Length"
version = 1
higher_means = "harder"
device = "cpu"
needs = ()

CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Params:
    unit: Literal["bytes", "characters", "tokens"] = param(
        "bytes",
        help="Bytes of UTF-8, Unicode characters, or tokens (needs a tokenizer; the end-of-text token is not counted).",
    )


def needs_for(params: Params) -> tuple[str, ...]:
    return ("tokens",) if params.unit == "tokens" else ()


def score(samples: Dataset, params: Params, context: ScoreContext) -> Iterator[np.ndarray]:
    """Prompt and text together, without what joins them."""
    if params.unit == "characters":
        for batch in samples.batches(("prompt", "text"), start=context.start):
            prompts = pc.fill_null(pc.utf8_length(batch["prompt"]), 0)
            yield pc.add(prompts, pc.utf8_length(batch["text"])).to_numpy(zero_copy_only=False).astype(np.float32)
        return
    if params.unit == "bytes":
        lengths = samples.byte_counts()
    elif context.tokens is not None:
        lengths = context.tokens.lengths - 1
    else:
        raise UserError("A length in tokens needs a tokenizer: choose one, or another unit.", field="tokenizer")
    for start in range(context.start, samples.rows, CHUNK):
        yield lengths[start : start + CHUNK].astype(np.float32)
