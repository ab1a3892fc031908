"""Keeps a random share of the samples, the same in every pass and in every run: what a selection by score has to beat.

The number kept is the exact floor of ratio times samples. The draw is the parameter's, not the run's, so that runs that differ in
their seed alone still learn the same samples. Looks at no score.

Source: arXiv 2406.14833 (strategy I, a random part in several passes)
"""

from dataclasses import dataclass

import numpy as np

from gradatim.params import param
from gradatim.seeds import Seed
from gradatim.types import SelectContext, Selection

title = "Random share"
version = 1


@dataclass(frozen=True, slots=True)
class Params:
    ratio: float = param(ge=0, le=1, help="Share of the samples that is kept, between 0 and 1.")
    draw: int = param(0, ge=0, le=2**31 - 1, help="Which part is drawn: another number, another part.")


def select(context: SelectContext, params: Params) -> Selection:
    from fractions import Fraction

    count = int(Fraction(str(params.ratio)) * context.n // 1)
    drawn = Seed(params.draw).child("random_share").numpy().permutation(context.n)[:count]
    dropped = {"not drawn": context.n - count} if count < context.n else {}
    return Selection(np.sort(drawn).astype(np.uint32), dropped)
