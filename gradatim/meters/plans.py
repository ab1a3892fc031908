"""The meters of a plan: of what training will consume, in the batches that it will be cut into.

Samples are taken in plan order, all passes and phases one after the other, packed into batches of ``batch_size`` sequences of
``context`` tokens as training packs them; what is left at a phase's end, less than a batch, is not consumed. A sample's u is its
percentile among the consumed samples that are scored by the same score set, so streams with different score sets can stand in
one order. By domain, u is the percentile among the domain's own samples, and a batch holds those of them that the batch of all
holds. Streams without scores count in no meter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from gradatim.errors import UserError
from gradatim.meters import batches
from gradatim.meters.measures import Meters, measure
from gradatim.plans import Plan
from gradatim.series import percentiles

#: Consumed samples that are measured at most: of more, a random part, in their batches.
MOST = 4_000_000
#: Domains that are measured by themselves at most, the largest first.
DOMAINS = 12


@dataclass(frozen=True, slots=True)
class Source:
    """What the samples of a stream are judged by, one entry per row of its dataset: ``scores``, of the score set that ``key``
    tells from others, and domain ``codes`` with the ``names`` behind them."""

    key: str
    scores: np.ndarray
    codes: np.ndarray
    names: list[str]


@dataclass(frozen=True, slots=True)
class PlanMeters:
    """``consumed`` samples in ``steps`` updates, of which ``scored`` have scores; ``sampled``: measured is a random part.

    ``overall`` is None where no sample has a score. ``domains`` in order of size, empty where there is but one;
    ``left_out`` counts the smaller ones.
    """

    steps: int
    consumed: int
    scored: int
    sampled: bool
    overall: Meters | None
    domains: dict[str, Meters] = field(default_factory=dict)
    left_out: int = 0


def of_plan(
    plan: Plan, sources: Sequence[Source | None], *, batch_size: int, context: int, most: int = MOST
) -> PlanMeters:
    """``sources``: one a stream of the plan, None for a stream without scores. ``UserError`` where a phase plans less than a
    batch."""
    consumed, stops, steps = _consumed(plan, batch_size * context)
    count = len(consumed)
    if count > most:
        chosen = np.random.default_rng(0).random(count) < most / count
        consumed, stops = consumed[chosen], _among(stops, chosen)
    u, names, codes = _judged(plan, consumed, sources)
    known = ~np.isnan(u)
    scored = int(np.count_nonzero(known)) * count // max(1, len(consumed))
    if not known.any():
        return PlanMeters(steps, count, 0, count > most, None)
    stops = _among(stops, known)
    u, codes = u[known], codes[known]
    overall = measure(u, stops, codes)
    sizes = np.bincount(codes, minlength=len(names))
    present = [int(k) for k in np.argsort(-sizes, kind="stable") if sizes[k]]
    domains = {}
    for k in present[:DOMAINS] if len(present) > 1 else []:
        mine = codes == k
        domains[names[k]] = measure(u[mine], _among(stops, mine))
    left_out = max(0, len(present) - DOMAINS)
    return PlanMeters(steps, count, scored, count > most, overall, domains, left_out)


def _consumed(plan: Plan, size: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Indices of consumed samples, stops of their batches among them, and the number of updates."""
    parts, stops, steps, before = [], [], 0, 0
    for phase in plan.phases:
        lengths = plan.tokens[phase["start"] : phase["stop"]]
        planned = int(lengths.sum(dtype=np.int64))
        if planned < size:
            raise UserError(
                f"The phase {phase['name']} plans {planned:,} tokens, fewer than one batch of {size:,}: "
                "choose smaller batches.",
                field="batch",
            )
        wanted = max(1, phase["budget_tokens"] // size)
        found = batches.of_tokens(lengths, size, wanted)
        parts.append(np.arange(phase["start"], phase["start"] + found[-1]))
        stops.append(found + before)
        steps += min(wanted, planned // size)
        before += int(found[-1])
    return np.concatenate(parts), np.concatenate(stops), steps


def _judged(plan: Plan, consumed: np.ndarray, sources: Sequence[Source | None]):
    """(u, names of domains, codes of domains) of the consumed samples; u is NaN where there is no score."""
    stream, position = np.asarray(plan.stream)[consumed], np.asarray(plan.position)[consumed]
    u, codes = np.full(len(consumed), np.nan), np.zeros(len(consumed), np.int64)
    names = sorted({name for source in sources if source for name in source.names})
    by_set: dict[str, list[np.ndarray]] = {}
    for k, source in enumerate(sources):
        mine = np.flatnonzero(stream == k)
        if source is None or not len(mine):
            continue
        rows = position[mine]
        u[mine] = source.scores[rows]
        codes[mine] = np.array([names.index(name) for name in source.names], np.int64)[source.codes[rows]]
        by_set.setdefault(source.key, []).append(mine)
    for parts in by_set.values():
        mine = np.sort(np.concatenate(parts))
        u[mine] = percentiles(u[mine])
    return u, names, codes


def _among(stops: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The stops as they fall among the chosen samples; batches without any of them vanish."""
    found = np.unique(np.cumsum(chosen)[stops - 1])
    return found[found > 0]
