"""Keeps the samples whose score is strictly above a value, or, keeping the lowest, strictly below it.

The value is compared in the precision of the scores: a score stored as 0.1 in 32 bits is not above 0.1.

Source: the selection stage of the DELT line, arXiv 2506.21545
"""

import math
from dataclasses import dataclass

import numpy as np

from gradatim import ranking
from gradatim.params import param
from gradatim.selections import _cut
from gradatim.types import SelectContext, Selection

version = 1


@dataclass(frozen=True, slots=True)
class Params:
    above: float = param(
        label="Above", help="Scores strictly above this value are kept; with keep = lowest, those strictly below it."
    )
    keep: _cut.Keep = param("highest", help=_cut.KEEP_HELP)


def select(context: SelectContext, params: Params) -> Selection:
    scores = ranking.checked(context.scores, context.n)
    highest = params.keep == "highest"
    value = params.above
    if scores.dtype.kind != "f":
        # a whole number is above x exactly when it is above floor(x): no conversion that would round it
        value = math.floor(value) if highest else math.ceil(value)
    elif abs(value) > float(np.finfo(scores.dtype).max):
        scores = scores.astype(np.float64)
    mask = scores > value if highest else scores < value
    return _cut.keep_where(scores, mask, params.keep, f"score not {'above' if highest else 'below'} the threshold")
