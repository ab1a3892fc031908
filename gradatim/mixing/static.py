"""Fixed shares: every stream keeps its weight from the first token of the phase to the last.

Weights are relative: 3 and 1 mean three quarters and one quarter. A stream that is not named gets nothing; with no weights at all
every stream gets the same.

Source: definition
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gradatim.errors import UserError
from gradatim.params import param

title = "Static"
version = 1


@dataclass(frozen=True, slots=True)
class Params:
    weights: dict[str, float] = param(
        {}, help="Relative weight of each stream by name, 0 or more; empty: all the same."
    )


def weights(progress: float, streams: Sequence[str], params: Params) -> dict[str, float]:
    """Shares by stream name, in the order of ``streams``, that sum to one; ``progress`` (0..1 of the phase) changes nothing."""
    given = params.weights or dict.fromkeys(streams, 1.0)
    for name, weight in given.items():
        if name not in streams:
            known = ", ".join(streams)
            raise UserError(f"There is no stream {name!r} in this phase; there are: {known}.", field=f"weights.{name}")
        if not (math.isfinite(weight) and weight >= 0):
            raise UserError(f"The weight of {name} is a number of 0 or more, not {weight}.", field=f"weights.{name}")
    largest = max(given.values(), default=0.0)
    if not largest > 0:
        raise UserError("At least one stream needs a weight above 0.", field="weights")
    # divided by the largest first: weights near the ends of the float range neither overflow nor vanish
    scaled = {name: given.get(name, 0.0) / largest for name in streams}
    total = math.fsum(scaled.values())
    return {name: weight / total for name, weight in scaled.items()}
