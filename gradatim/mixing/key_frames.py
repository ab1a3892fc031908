"""Weights at places of the phase, and what is between them: straight lines from one to the next, or steps.

A key-frame is a place, a share of the phase's tokens from 0 to 1, and the relative weights of the streams there. Before the first and
after the last one the mixture stays as it is there; two key-frames at one place make a step.

Source: definition
"""

from dataclasses import dataclass
from typing import Literal

from gradatim.errors import UserError
from gradatim.mixing import _shares
from gradatim.params import param
from gradatim.types import MixContext

title = "Key-frames"
version = 1


@dataclass(frozen=True, slots=True)
class Params:
    frames: list[tuple[float, dict[str, float]]] = param(
        [(0.0, {})],
        min_length=1,
        max_length=1000,
        label="Key-frames",
        help="One a line: the place, from 0 to 1 or in per cent, and the weights there, such as 0.5: code 3, prose 1.",
    )
    between: Literal["linear", "stepped"] = param("linear", help="Straight lines from one to the next, or steps.")

    def __post_init__(self):
        places = [place for place, _ in self.frames]
        if any(not 0 <= place <= 1 for place in places) or any(a > b for a, b in zip(places, places[1:], strict=False)):
            raise UserError("Places are shares of the phase from 0 to 1, in ascending order.", field="frames")


def weights(progress: float, context: MixContext, params: Params) -> dict[str, float]:
    start, before = next((frame for frame in reversed(params.frames) if frame[0] <= progress), params.frames[0])
    stop, after = next((frame for frame in params.frames if frame[0] > progress), params.frames[-1])
    shares = _frame(before, context)
    if params.between == "stepped" or stop <= start or progress < start:
        return shares
    way, later = (progress - start) / (stop - start), _frame(after, context)
    return {name: share + way * (later[name] - share) for name, share in shares.items()}


def _frame(given: dict[str, float], context: MixContext) -> dict[str, float]:
    try:
        return _shares.normalised(given, context.streams, "frames")
    except UserError as error:
        raise UserError(error.sentence, field="frames") from None
