"""As uniform as possible while no stream is passed through more than so many times.

The budget is shared out from the smallest stream to the largest: each gets an equal part of what is left, at most its tokens times the
passes. A budget beyond the passes of all streams is shared out by size, and it is said how much of it is beyond.

Source: UniMax, Chung et al. 2023, arXiv 2304.09151
"""

from dataclasses import dataclass

from gradatim.mixing import _shares
from gradatim.params import param
from gradatim.types import MixContext, Remark

title = "UniMax"
version = 1
constant = True


@dataclass(frozen=True, slots=True)
class Params:
    passes: float = param(1.0, gt=0, label="Passes at most", help="How often a stream may be passed through.")


def tokens(context: MixContext, params: Params) -> dict[str, float]:
    """Tokens of the budget by stream; less than the budget in all where it is beyond all passes."""
    given, left = {}, float(context.budget)
    ascending = sorted(_shares.sizes(context).items(), key=lambda item: item[1])
    for k, (name, size) in enumerate(ascending):
        given[name] = min(left / (len(ascending) - k), size * params.passes)
        left -= given[name]
    return given


def weights(progress: float, context: MixContext, params: Params) -> dict[str, float]:
    return _shares.normalised(tokens(context, params), context.streams, "")


def remarks(context: MixContext, params: Params) -> list[Remark]:
    beyond = context.budget - sum(tokens(context, params).values())
    if beyond < 1:
        return []
    sentence = (
        f"The budget is {beyond:,.0f} tokens beyond {params.passes:g} passes through all streams: they are shared out by size, "
        "and passed through more often."
    )
    return [Remark(sentence, "passes")]
