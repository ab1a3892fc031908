"""Another mixture at the end: the weights of the streams until the last part of the phase, then a mixture that favours some of them.

Domain-heavy data in the last 10 to 20 % of training raised targeted skills; a longer part cost general language modelling.

Source: Blakeney et al. 2024, arXiv 2406.03476
"""

from dataclasses import dataclass

from gradatim.mixing import _shares
from gradatim.params import param
from gradatim.types import MixContext

version = 1


@dataclass(frozen=True, slots=True)
class Params:
    weights: dict[str, float] = param(
        {}, help="Relative weight of each stream by name until the last part; empty: all the same."
    )
    target: dict[str, float] = param(
        {}, help="Relative weights in the last part, such as: code 3, prose 1; empty: all the same."
    )
    last: float = param(
        0.15, ge=0, le=1, label="Last part", help="Its share of the phase's tokens; published: 0.1 to 0.2."
    )


def weights(progress: float, context: MixContext, params: Params) -> dict[str, float]:
    before = _shares.normalised(params.weights, context.streams, "weights")
    after = _shares.normalised(params.target, context.streams, "target")
    return before if progress < 1 - params.last else after
