"""Keeps a share of the samples: those with the highest scores, or with the lowest.

The number kept is the exact floor of ratio times samples: 0.29 of 100 are 29. Ties at the cut keep the later samples for the
highest and the earlier ones for the lowest.

Source: the selection stage of the DELT line, arXiv 2506.21545 (whose code keeps everything where the floor is 0)
"""

from dataclasses import dataclass

from gradatim.params import param
from gradatim.selections import _cut
from gradatim.types import SelectContext, Selection

title = "Top share"
version = 1


@dataclass(frozen=True, slots=True)
class Params:
    ratio: float = param(ge=0, le=1, help="Share of the samples that is kept, between 0 and 1.")
    keep: _cut.Keep = param("highest", help=_cut.KEEP_HELP)


def select(context: SelectContext, params: Params) -> Selection:
    from fractions import Fraction

    # the ratio as it was written: 0.29 is 29/100, which no binary float is
    count = int(Fraction(str(params.ratio)) * context.n // 1)
    return _cut.keep_count(context, count, params.keep)
