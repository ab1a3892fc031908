"""What a curriculum will do, told before its plan is resolved: the same selections and orders, without the interleaving.

A stream is seen through its kept samples and the order of its first pass; a phase through the tokens that its streams
will give and how often they are passed through. Kept samples and tokens are exact. The order is drawn from a random part
of the samples where there are many; windows of jitter shrink with it, so that the picture stays the same.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from gradatim import specs
from gradatim.errors import UserError
from gradatim.seeds import Seed
from gradatim.streams import Columns, candidates, order_remarks, select, stream_order
from gradatim.types import Remark

#: Samples whose order is drawn at most.
DRAWN = 200_000


@dataclass(frozen=True, slots=True)
class StreamView:
    """A stream before it is planned: ``kept`` positions (uint32, ascending) of ``pool`` candidates, ``tokens`` of one pass.

    ``order`` holds positions in the order of the first pass: all kept ones, or a random part of them (``sampled``).
    ``remarks`` say what the order's settings come to, at their paths in the document.
    """

    pool: int
    kept: np.ndarray
    tokens: int
    order: np.ndarray
    sampled: bool
    reasons: dict[str, int] = field(default_factory=dict)
    cut: float | None = None
    remarks: list[Remark] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Served:
    """Tokens that each stream of a phase will give, by name, and how many are ``missing`` from the phase's budget."""

    tokens: dict[str, float]
    missing: int


@dataclass(frozen=True, slots=True)
class DomainView:
    """One domain over all streams that draw from it: its kept samples, their tokens, and the passes through them."""

    name: str
    rows: int
    tokens: int
    passes: float


def stream_view(stream: specs.Stream, data: Columns, seed: Seed, *, field: str = "", drawn: int = DRAWN) -> StreamView:
    """The stream under its own ``seed`` (``Seed(s).child(phase index, name)``, as in the plan of seed ``s``).

    ``UserError`` at the field at fault where the plan would refuse, and where the jitter window exceeds the kept samples.
    """
    pool = candidates(data, stream.domains, field=field)
    selection = select(data, pool, stream.selection, field=field)
    kept, window = selection.kept, stream.jitter_window
    if window > len(kept):
        raise UserError(
            f"A jitter window of {window:,} is larger than the {len(kept):,} samples that are kept: choose a smaller one.",
            field=f"{field}.jitter_window" if field else "jitter_window",
        )
    part = kept
    if len(kept) > drawn:
        part = kept[seed.child("preview").numpy().random(len(kept)) < drawn / len(kept)]
        window = round(window * len(part) / len(kept))
    order = stream_order(data, part, stream.ordering, window, seed, field=field)[0]
    tokens = int(data.lengths[kept].sum(dtype=np.int64))
    remarks = order_remarks(data, kept, stream.ordering, field=field)
    return StreamView(len(pool), kept, tokens, order, len(part) < len(kept), selection.reasons, selection.cut, remarks)


def served(budget: int, shares: dict[str, float], one_pass: dict[str, int], epochs: dict[str, int | None]) -> Served:
    """How a budget falls on streams with these shares, up to one sample each: a stream that has no further pass closes,
    and its share goes to the others in proportion."""
    room = {name: math.inf if epochs[name] is None else epochs[name] * one_pass[name] for name in shares}
    tokens, left = dict.fromkeys(shares, 0.0), float(budget)
    still = {name for name in shares if shares[name] > 0}
    while left > 0 and still:
        total = sum(shares[name] for name in still)
        ends = {name: (room[name] - tokens[name]) * total / shares[name] for name in still}
        step = min(left, *ends.values())
        for name in still:
            tokens[name] += step * shares[name] / total
        left -= step
        still -= {name for name in still if ends[name] <= step}
    capacity = sum(room[name] for name in shares if shares[name] > 0)
    return Served(tokens, max(0, budget - capacity) if math.isfinite(capacity) else 0)


def by_domain(streams: list[tuple[Columns, np.ndarray, float]]) -> list[DomainView]:
    """Domains of one dataset by name, over its streams as (columns, kept positions, passes)."""
    if not streams:
        return []
    data = streams[0][0]
    count = len(data.domains)
    drawn, seen = np.zeros(count), np.zeros(len(data.lengths), bool)
    for _, kept, passes in streams:
        drawn += passes * np.bincount(data.domain_codes[kept], data.lengths[kept], count)
        seen[kept] = True
    codes = data.domain_codes[seen]
    rows = np.bincount(codes, minlength=count)
    tokens = np.bincount(codes, data.lengths[seen], count)
    return [
        DomainView(name, int(rows[k]), int(tokens[k]), float(drawn[k] / tokens[k]))
        for k, name in enumerate(data.domains)
        if rows[k]
    ]
