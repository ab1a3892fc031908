"""Each stream the share that it has of all tokens kept: every sample is as likely as any other, and all streams are passed through alike.

Source: definition
"""

from dataclasses import dataclass

from gradatim.mixing import _shares
from gradatim.types import MixContext

version = 1
constant = True


@dataclass(frozen=True, slots=True)
class Params:
    pass


def weights(progress: float, context: MixContext, params: Params) -> dict[str, float]:
    return _shares.normalised(_shares.sizes(context), context.streams, "")
