"""Between proportional and uniform: each stream in proportion to its tokens to the power of 1 / tau.

Tau 1 is proportional to size; the larger it is, the nearer to equal shares, and the more often small streams are repeated.

Source: Arivazhagan et al. 2019, arXiv 1907.05019
"""

from dataclasses import dataclass

from gradatim.mixing import _shares
from gradatim.params import param
from gradatim.types import MixContext

version = 1
constant = True


@dataclass(frozen=True, slots=True)
class Params:
    tau: float = param(2.0, gt=0, help="The temperature: 1 follows the sizes, more makes the shares more equal.")


def weights(progress: float, context: MixContext, params: Params) -> dict[str, float]:
    return _shares.tempered(context, params.tau)
