"""What a model's loss over a sample is told as."""

import math
from typing import Literal

import numpy as np

Measure = Literal["perplexity", "loss", "bits_per_byte"]
HELP = "exp of the mean loss; the mean loss a token in nats; or bits a byte of text."


def measured(sums: np.ndarray, measure: Measure, lengths: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """float32 (rows,) of summed losses in nats, tokens and bytes a sample; bits a byte do not depend on the tokenizer."""
    if measure == "bits_per_byte":
        return (sums / math.log(2) / sizes).astype(np.float32)
    found = sums / lengths if measure == "loss" else np.exp(sums / lengths)
    return found.astype(np.float32)
