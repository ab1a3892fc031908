"""Fixed shares: every stream keeps its weight from the first token of the phase to the last.

Weights are relative: 3 and 1 mean three quarters and one quarter. A stream that is not named gets nothing; with no weights at all
every stream gets the same.

Source: definition
"""

from dataclasses import dataclass

from gradatim.mixing import _shares
from gradatim.params import param
from gradatim.types import MixContext

title = "Static"
version = 1
constant = True


@dataclass(frozen=True, slots=True)
class Params:
    weights: dict[str, float] = param(
        {}, help="Relative weight of each stream by name, 0 or more; empty: all the same."
    )


def weights(progress: float, context: MixContext, params: Params) -> dict[str, float]:
    """Shares by stream name, in the order of the streams, that sum to one; ``progress`` (0..1 of the phase) changes nothing."""
    return _shares.normalised(params.weights, context.streams, "weights")
