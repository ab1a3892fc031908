"""A temperature that is lowered once: nearly equal shares first, shares by size from a switch on.

Small streams are learned early and not repeated for long. In the source lowering the temperature did better than raising it, and one
switch better than many small ones.

Source: Upsample or Upweight, Li et al. 2025, arXiv 2410.04579
"""

from dataclasses import dataclass

from gradatim.mixing import _shares
from gradatim.params import param
from gradatim.types import MixContext

version = 1


@dataclass(frozen=True, slots=True)
class Params:
    first: float = param(5.0, gt=0, label="Temperature at first", help="The larger, the more equal the shares.")
    last: float = param(1.0, gt=0, label="Temperature at last", help="1 follows the sizes of the streams.")
    switch: float = param(
        0.5, ge=0, le=1, label="Switch", help="The share of the phase's tokens after which it is lowered."
    )


def weights(progress: float, context: MixContext, params: Params) -> dict[str, float]:
    return _shares.tempered(context, params.first if progress < params.switch else params.last)
