"""What a curriculum will do, told before its plan is resolved: the same selections and orders, without the interleaving.

A stream is seen through its kept samples and the order of its first pass (of an ordering that repeats: of the passes that
the budget promises); a phase through the tokens that its streams will give and how often they are passed through. Kept
samples and their tokens are exact. The order is drawn from a random part of the samples where there are many; windows of
jitter shrink with it, so that the picture stays the same.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from gradatim import specs
from gradatim.pass_tokens import PassTokens
from gradatim.seeds import Seed
from gradatim.streams import (
    Columns,
    candidates,
    check_window,
    narrowed,
    order_remarks,
    part_of,
    repeats,
    select,
    stream_order,
)
from gradatim.types import Part, Remark, Selection

#: Samples whose order is drawn at most.
DRAWN = 200_000
#: Passes of an ordering that repeats that are drawn at most, and how many times ``DRAWN`` samples they may hold together.
PASSES, ROOM = 64, 4
#: A share of a budget that is nothing but the rounding of sums.
_LEAST = 1e-12


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
class Chosen:
    """What a stream keeps: positions (uint32, ascending) of ``pool`` candidates, and their tokens."""

    pool: int
    selection: Selection
    tokens: int


@dataclass(frozen=True, slots=True)
class Served:
    """Tokens that each stream of a phase will give, by name, how many are ``missing`` from the phase's budget, and after how
    many of the phase's tokens streams ran out; ``ended``: the one that ended the phase thereby, before its budget."""

    tokens: dict[str, float]
    missing: int
    ran_out: dict[str, float] = field(default_factory=dict)
    ended: str = ""


@dataclass(frozen=True, slots=True)
class DomainView:
    """One domain over all streams that draw from it: its kept samples, their tokens, and the passes through them."""

    name: str
    rows: int
    tokens: int
    passes: float


def chosen(stream: specs.Stream, data: Columns, *, field: str = "") -> Chosen:
    """What the stream's domains and selection keep; ``UserError`` at the field at fault where the plan would refuse."""
    pool = candidates(data, stream.domains, field=field)
    selection = select(data, pool, stream.selection, field=field)
    check_window(stream, len(selection.kept), field=field)
    return Chosen(len(pool), selection, int(data.lengths[selection.kept].sum(dtype=np.int64)))


def stream_view(
    stream: specs.Stream,
    data: Columns,
    seed: Seed,
    *,
    promised: float = 0,
    field: str = "",
    drawn: int = DRAWN,
    kept: Chosen | None = None,
    piece: Part | None = None,
) -> StreamView:
    """The stream under its own ``seed`` (``Seed(s).child(phase index, name)``, as in the plan of seed ``s``).

    ``promised`` are the tokens that its mixture promises it, ``piece`` what a pass holds of it where that is not all of it.
    ``kept``: what :func:`chosen` said, where it was asked. ``UserError`` at the field at fault where the plan would refuse.
    """
    keeping = kept or chosen(stream, data, field=field)
    selection, window = keeping.selection, stream.jitter_window
    kept = part = selection.kept
    if len(kept) > drawn:
        part = kept[seed.child("preview").numpy().random(len(kept)) < drawn / len(kept)]
        window = round(window * len(part) / len(kept))
    whole = np.bincount(data.domain_codes[kept], data.lengths[kept], len(data.domains))
    again = repeats(stream.ordering)

    share = 1.0 if part is kept else float(data.lengths[part].sum(dtype=np.int64) / whole.sum())
    piece = piece and replace(piece, tokens=piece.tokens * share)

    def passes(count: int) -> list[np.ndarray]:
        options = {"kind": stream.jitter, "epochs": count, "field": field}
        orders = stream_order(data, part, stream.ordering, window, seed, **options)
        if not piece:
            return orders
        return [narrowed(o, part_of(part, data.lengths, piece, seed, e)) for e, o in enumerate(orders)]

    if again:
        limit = PASSES if stream.passes is None else min(PASSES, stream.passes)
        orders = _enough(passes, data.lengths, promised * share, limit, ROOM * min(drawn, DRAWN))
    else:
        orders = passes(1)
    counted = [whole]
    if again or piece:
        counted = [np.bincount(data.domain_codes[o], data.lengths[o], len(data.domains)) / share for o in orders]
    held = PassTokens(np.array(counted))
    return StreamView(
        keeping.pool,
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


def served(
    budget: int, parts: Sequence[Mapping[str, float]], room: Mapping[str, float], stops: Collection[str] = ()
) -> Served:
    """How a budget falls on streams, up to one sample each. ``parts``: their planned shares in equal parts of it.

    A stream whose ``room`` (the tokens of all its passes, see :meth:`PassTokens.room`) is used up closes, and its share goes
    to the others in proportion; one of ``stops`` ends the phase.
    """
    tokens, ran_out = dict.fromkeys(parts[0], 0.0), {}
    for k, shares in enumerate(parts):
        stop = budget * (k + 1) / len(parts)
        left = stop - sum(tokens.values())
        while left > _LEAST * budget and (still := [n for n in shares if shares[n] > 0 and n not in ran_out]):
            total = sum(shares[name] for name in still)
            ends = {name: (room[name] - tokens[name]) * total / shares[name] for name in still}
            step = min(left, *ends.values())
            for name in still:
                tokens[name] += step * shares[name] / total
            left -= step
            through = [name for name in still if ends[name] <= step and (left > 0 or k + 1 < len(parts))]
            ran_out |= {name: stop - left for name in through}
            if ended := next((name for name in through if name in stops), ""):
                return Served(tokens, 0, ran_out, ended)
        if left > _LEAST * budget:
            return Served(tokens, math.ceil(budget - sum(tokens.values()) - _LEAST * budget), ran_out)
    return Served(tokens, 0, ran_out)


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
