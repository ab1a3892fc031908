"""What mixtures share: weights of named streams as shares, and the sizes of streams."""

import math
from collections.abc import Mapping, Sequence

from gradatim.errors import Unsized, UserError
from gradatim.types import MixContext


def normalised(given: Mapping[str, float], streams: Sequence[str], field: str) -> dict[str, float]:
    """Relative weights as shares that sum to one, by stream in the order of ``streams``; none given: all the same.

    ``UserError`` at ``field`` (a parameter) for a name that is no stream's and for weights that cannot be shared out.
    """
    given = given or dict.fromkeys(streams, 1.0)
    for name, weight in given.items():
        if name not in streams:
            known = ", ".join(streams)
            raise UserError(f"There is no stream {name!r} in this phase; there are: {known}.", field=f"{field}.{name}")
        if not (math.isfinite(weight) and weight >= 0):
            raise UserError(f"The weight of {name} is a number of 0 or more, not {weight}.", field=f"{field}.{name}")
    largest = max(given.values(), default=0.0)
    if not largest > 0:
        raise UserError("At least one stream needs a weight above 0.", field=field)
    # divided by the largest first: weights near the ends of the float range neither overflow nor vanish
    scaled = {name: given.get(name, 0.0) / largest for name in streams}
    total = math.fsum(scaled.values())
    return {name: weight / total for name, weight in scaled.items()}


def sizes(context: MixContext) -> dict[str, float]:
    """Tokens of each stream by name; ``Unsized`` while they are not known."""
    if context.sizes is None:
        raise Unsized("This mixture follows the sizes of the streams, which are known once their data are there.")
    return {name: float(context.sizes[name]) for name in context.streams}


def tempered(context: MixContext, tau: float) -> dict[str, float]:
    """Shares in proportion to the streams' sizes to the power of 1 / tau."""
    logs = {name: math.log(size) / tau if size > 0 else -math.inf for name, size in sizes(context).items()}
    largest = max(logs.values())
    return normalised({name: math.exp(log - largest) for name, log in logs.items()}, context.streams, "")
