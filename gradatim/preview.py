"""What a curriculum will do, told before its plan is resolved: the same selections and orders, without the interleaving.

A stream is seen through its kept samples and the order of its first pass (of an ordering that repeats: of the passes that
the budget promises); a phase through the tokens that its streams will give and how often they are passed through. Kept
samples and their tokens are exact. The order is drawn from a random part of the samples where there are many; windows of
jitter shrink with it, so that the picture stays the same.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from gradatim import specs
from gradatim.pass_tokens import PassTokens
from gradatim.seeds import Seed
from gradatim.streams import Columns, candidates, check_window, order_remarks, repeats, select, stream_order
from gradatim.types import Remark

#: Samples whose order is drawn at most.
DRAWN = 200_000
#: Passes of an ordering that repeats that are drawn at most, and how many times ``DRAWN`` samples they may hold together.
PASSES, ROOM = 64, 4


@dataclass(frozen=True, slots=True)
class StreamView:
    """A stream before it is planned: ``kept`` positions (uint32, ascending) of ``pool`` candidates, ``tokens`` of the first pass.

    ``order`` holds positions in the order of the first pass: all kept ones, or a random part of them (``sampled``). Of an
    ordering that repeats samples (``repeats``) it holds the promised passes one after another. ``passes`` counts the tokens of
    passes; ``remarks`` say what the order's settings come to, at their paths in the document.
    """

    pool: int
    kept: np.ndarray
    tokens: int
    order: np.ndarray
    sampled: bool
    passes: PassTokens
    reasons: dict[str, int] = field(default_factory=dict)
    cut: float | None = None
    remarks: list[Remark] = field(default_factory=list)
    repeats: bool = False


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


def stream_view(
    stream: specs.Stream, data: Columns, seed: Seed, *, promised: float = 0, field: str = "", drawn: int = DRAWN
) -> StreamView:
    """The stream under its own ``seed`` (``Seed(s).child(phase index, name)``, as in the plan of seed ``s``).

    ``promised`` are the tokens that its mixture promises it. ``UserError`` at the field at fault where the plan would refuse.
    """
    pool = candidates(data, stream.domains, field=field)
    selection = select(data, pool, stream.selection, field=field)
    kept, window = selection.kept, stream.jitter_window
    check_window(stream, len(kept), field=field)
    part = kept
    if len(kept) > drawn:
        part = kept[seed.child("preview").numpy().random(len(kept)) < drawn / len(kept)]
        window = round(window * len(part) / len(kept))
    whole = np.bincount(data.domain_codes[kept], data.lengths[kept], len(data.domains))
    again = repeats(stream.ordering)

    def passes(count: int) -> list[np.ndarray]:
        options = {"kind": stream.jitter, "epochs": count, "field": field}
        return stream_order(data, part, stream.ordering, window, seed, **options)

    if again:
        share = float(data.lengths[part].sum(dtype=np.int64) / whole.sum())
        limit = PASSES if stream.epochs is None else min(PASSES, stream.epochs)
        orders = _enough(passes, data.lengths, promised * share, limit, ROOM * min(drawn, DRAWN))
        counted = [np.bincount(data.domain_codes[o], data.lengths[o], len(data.domains)) / share for o in orders]
    else:
        orders, counted = passes(1), [whole]
    held = PassTokens(np.array(counted))
    return StreamView(
        len(pool),
        kept,
        round(held.sums[0]),
        np.concatenate(orders) if len(orders) > 1 else orders[0],
        len(part) < len(kept),
        held,
        selection.reasons,
        selection.cut,
        order_remarks(data, kept, stream.ordering, field=field),
        again,
    )


def _enough(passes, lengths: np.ndarray, promised: float, limit: int, room: int) -> list[np.ndarray]:
    """Passes until they hold the ``promised`` tokens: one at least, ``limit`` of them and ``room`` samples at most."""
    count = 1
    while True:
        made = passes(count)
        ends = np.cumsum([lengths[order].sum(dtype=np.int64) for order in made])
        sizes = np.cumsum([len(order) for order in made])
        stop = min(int(np.searchsorted(ends, promised)) + 1, int(np.searchsorted(sizes, room)) + 1)
        if stop <= len(made) or len(made) >= limit:
            return made[:stop]
        count = min(2 * count, limit)


def served(budget: int, shares: dict[str, float], room: dict[str, float]) -> Served:
    """How a budget falls on streams with these shares, up to one sample each: a stream whose ``room`` (the tokens of all its
    passes, see :meth:`PassTokens.room`) is used up closes, and its share goes to the others in proportion."""
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
    return Served(tokens, max(0, math.ceil(budget - capacity)) if math.isfinite(capacity) else 0)


def by_domain(streams: list[tuple[Columns, np.ndarray, np.ndarray]]) -> list[DomainView]:
    """Domains of one dataset by name, over its streams as (columns, kept positions, tokens served of each domain)."""
    if not streams:
        return []
    data = streams[0][0]
    count = len(data.domains)
    drawn, seen = np.zeros(count), np.zeros(len(data.lengths), bool)
    for _, kept, served_tokens in streams:
        drawn += served_tokens
        seen[kept] = True
    codes = data.domain_codes[seen]
    rows = np.bincount(codes, minlength=count)
    tokens = np.bincount(codes, data.lengths[seen], count)
    return [
        DomainView(name, int(rows[k]), int(tokens[k]), float(drawn[k] / tokens[k]))
        for k, name in enumerate(data.domains)
        if rows[k]
    ]
