"""Keeps a number of samples: those with the highest scores, or with the lowest.

Ties at the cut keep the later samples for the highest and the earlier ones for the lowest. 0 keeps nothing; more than there are
keeps all.

Source: the selection stage of the DELT line, arXiv 2506.21545 (whose code keeps everything at 0)
"""

from dataclasses import dataclass

from gradatim.params import param
from gradatim.selections import _cut
from gradatim.types import SelectContext, Selection

title = "Top k"
version = 1


@dataclass(frozen=True, slots=True)
class Params:
    k: int = param(ge=0, help="How many samples are kept.")
    keep: _cut.Keep = param("highest", help=_cut.KEEP_HELP)


def select(context: SelectContext, params: Params) -> Selection:
    return _cut.keep_count(context, params.k, params.keep)
