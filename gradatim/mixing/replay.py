"""Old data beside the new: a fixed share of the tokens comes from streams that are replayed, the rest from the others.

Under 0, 25 and 50 % replay the step to 25 % did more than a larger model, and the one to 50 % did not; a mixture of old data like that
of pre-training did better than a random one. The old data are walked through from pass to pass, or only as much of them as goes with
one pass of the new data: drawn anew for every such pass, or the same part each time. Drawn anew did better than fixed.

Source: Abbes et al. 2025, arXiv 2508.01908; Guo et al. 2024, arXiv 2406.14833
"""

from dataclasses import dataclass
from typing import Literal

from gradatim.errors import UserError
from gradatim.mixing import _shares
from gradatim.params import param
from gradatim.types import MixContext, Part, Remark

version = 1
constant = True


@dataclass(frozen=True, slots=True)
class Params:
    weights: dict[str, float] = param(
        {},
        help="Relative weight of each stream by name, among the replayed ones and among the others; empty: all the same.",
    )
    rate: float = param(0.25, ge=0, le=1, label="Replay rate", help="The share of the tokens that are replayed.")
    replayed: list[str] = param(
        [], label="Replayed streams", help="Their names, with commas between; empty: the phase's first stream."
    )
    draw: Literal["walk", "anew", "fixed"] = param(
        "walk",
        label="Replayed data",
        help="Walk on through all of them; draw a part anew for every pass of the new data; or keep to one part of them.",
    )


def weights(progress: float, context: MixContext, params: Params) -> dict[str, float]:
    old, new = _groups(context, params)
    given = params.weights or dict.fromkeys(context.streams, 1.0)
    _shares.normalised(given, context.streams, "weights")
    rate = params.rate if old and new else float(bool(old))
    shares = {}
    for group, part in ((old, rate), (new, 1 - rate)):
        if not part:
            shares |= dict.fromkeys(group, 0.0)
            continue
        inside = _shares.normalised({name: given.get(name, 0.0) for name in group}, group, "weights")
        shares |= {name: part * share for name, share in inside.items()}
    return {name: shares[name] for name in context.streams}


def parts(context: MixContext, params: Params) -> dict[str, Part]:
    """What goes with one pass of the new data, of each replayed stream that has more than that."""
    old, new = _groups(context, params)
    if params.draw == "walk" or not old or not new or not 0 < params.rate < 1:
        return {}
    sizes, shares = _shares.sizes(context), weights(0.0, context, params)
    one_pass = sum(sizes[name] for name in new) / (1 - params.rate)
    wanted = {name: shares[name] * one_pass for name in old}
    return {
        name: Part(round(tokens), params.draw == "fixed") for name, tokens in wanted.items() if tokens < sizes[name]
    }


def remarks(context: MixContext, params: Params) -> list[Remark]:
    if params.draw == "walk":
        return []
    found = parts(context, params)
    return [
        Remark(
            f"A pass of {name} is {part.tokens:,.0f} of its {context.sizes[name]:,.0f} tokens, "
            f"{'the same in every pass' if part.fixed else 'drawn anew for each'}.",
            "draw",
        )
        for name, part in found.items()
    ]


def _groups(context: MixContext, params: Params) -> tuple[list[str], list[str]]:
    """The replayed streams and the others, in the order of the phase."""
    old = params.replayed or list(context.streams[:1])
    for name in old:
        if name not in context.streams:
            known = ", ".join(context.streams)
            raise UserError(f"There is no stream {name!r} in this phase; there are: {known}.", field="replayed")
    return [n for n in context.streams if n in old], [n for n in context.streams if n not in old]
