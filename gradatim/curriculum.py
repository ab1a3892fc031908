"""From a curriculum to its plan: which samples are consumed, in which order.

Every stream selects and orders its own samples (:mod:`gradatim.streams`); the streams of a phase are then interleaved
(:mod:`gradatim.interleave`) until its token budget is reached.

Randomness: stream ``name`` of phase ``i`` orders its samples with ``Seed(seed).child(i, name)``, whose value the plan
keeps as the stream's ``seed``. The first pass uses that seed as it is, pass ``e`` > 0 its ``child("epoch", e)``, for
ordering and jitter alike. So ``gradatim order METHOD --seed <the stream's seed>`` on the kept samples' scores, in
dataset order, repeats a stream's first pass anywhere; a plan of one stream is exactly its passes, one after another.

Nothing here imports torch, and pyarrow only where a dataset is opened: the web previews with the same functions.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gradatim import artifacts, specs
from gradatim.errors import UserError
from gradatim.events import Artifact, Event, Note, Progress
from gradatim.interleave import Closed, Exhausted, Interleaver, Source
from gradatim.mixtures import Mixture, mixture_of
from gradatim.plans import Plan, PlanWriter
from gradatim.seeds import Seed
from gradatim.streams import (
    Columns,
    Passes,
    candidates,
    check_window,
    read_columns,
    select,
    stream_order,
)
from gradatim.tally import Tally
from gradatim.types import Inputs, Selection

__all__ = ["Columns", "Plan", "candidates", "open_phase", "read_columns", "resolve", "select", "stream_order"]


@dataclass(slots=True)
class OpenPhase:
    """A phase ready to be served: its interleaver and mixture and, per stream, the tokens that it keeps, what it reads
    (dataset, columns, kept positions) and the ordering's seed."""

    interleaver: Interleaver
    mixture: Mixture
    sizes: dict[str, int]
    read: list[tuple[str, Columns, np.ndarray]]
    seeds: list[Seed]
    notes: list[Note]


def resolve(spec: specs.Curriculum, seed: int, inputs: Inputs, out: Path) -> Iterator[Event]:
    """Write the plan artifact to ``out/plan`` and announce it as role "plan".

    ``inputs`` hold the streams' datasets and score sets, and their tokens under the curriculum's tokenizer.
    ``UserError`` (with the field at fault) where a method refuses, nothing is left to learn from, or the streams hold
    fewer tokens than a phase's budget.
    """
    digest = specs.digest_of(spec)
    if not 0 <= seed < 1 << 53:
        raise UserError("A seed is a whole number from 0 to 2^53 - 1.", field="seed")
    if spec.policy is not None:
        raise UserError("A closed-loop policy writes its plan while it trains; it has none beforehand.", field="policy")
    total = sum(phase.tokens for phase in spec.phases)
    folder = out / "plan"
    streams, phases = [], []
    columns = _Cache(spec.tokenizer, inputs)
    with PlanWriter(folder) as writer:
        for i, phase in enumerate(spec.phases):
            yield Progress(writer.tokens, total, "tokens", phase.name)
            opened = open_phase(spec, i, seed, columns)
            yield from opened.notes
            start, first = writer.samples, len(streams)
            before = writer.tokens
            interleaver, tally = opened.interleaver, Tally(opened.read)
            reported = 0
            while not interleaver.done:
                try:
                    served = interleaver.take()
                except Exhausted as exhausted:
                    raise too_short(phase, i, exhausted.missing) from None
                writer.append(served, first)
                tally.add(served)
                for closed in interleaver.closed[reported:]:
                    yield _closed(phase, interleaver, closed)
                reported = len(interleaver.closed)
                yield Progress(writer.tokens, total, "tokens", phase.name)
            streams += [
                {"phase": i, "name": s.name, "dataset": s.dataset, "kept": len(kept), "seed": str(stream_seed.value)}
                for s, (_, _, kept), stream_seed in zip(phase.streams, opened.read, opened.seeds, strict=True)
            ]
            names, total_served = interleaver.names, interleaver.tokens
            phases.append(
                {
                    "name": phase.name,
                    "start": start,
                    "stop": writer.samples,
                    "budget_tokens": phase.tokens,
                    "planned_tokens": writer.tokens - before,
                    "weights": opened.mixture.mean,
                    **({} if opened.mixture.constant else {"planned": opened.mixture.in_parts()}),
                    "sizes": opened.sizes,
                    "consumed": {n: c / total_served for n, c in zip(names, interleaver.consumed, strict=True)},
                    "epochs": dict(zip(names, interleaver.epochs, strict=True)),
                    "domains": tally.domains(),
                    "ran_out": [_ran_out(phase, closed) for closed in interleaver.closed],
                }
            )
    meta = {
        "curriculum": digest,
        "tokenizer": spec.tokenizer,
        "seed": seed,
        "samples": writer.samples,
        "tokens": writer.tokens,
        "streams": streams,
        "phases": phases,
    }
    stored = artifacts.seal(folder, "plan", meta)
    yield Artifact("plan", "plan", stored.digest, stored.meta)


def open_phase(
    spec: specs.Curriculum, index: int, seed: int, columns: Callable[[specs.Stream, str], Columns]
) -> OpenPhase:
    """Select the samples of a phase's streams and make its interleaver; passes are ordered when they are asked for.

    ``columns(stream, field)`` gives a stream's data (:func:`read_columns`, or a sample of it for a preview).
    """
    phase = spec.phases[index]
    selected, notes = [], []
    for j, stream in enumerate(phase.streams):
        field = f"phases.{index}.streams.{j}"
        data = columns(stream, field)
        pool = candidates(data, stream.domains, field=field)
        selection = select(data, pool, stream.selection, field=field)
        if stream.selection is not None:
            notes.append(_selected(stream, len(pool), selection))
        check_window(stream, len(selection.kept), field=field)
        selected.append((stream, data, selection.kept, Seed(seed).child(index, stream.name), field))
    sizes = {s.name: int(data.lengths[kept].sum(dtype=np.int64)) for s, data, kept, _, _ in selected}
    mixture = mixture_of(phase, sizes, field=f"phases.{index}.mixture")
    notes += [Note(remark.sentence) for remark in mixture.remarks]
    planned = mixture.mean  # the passes that an ordering is first asked for
    sources = [
        Source(
            s.name,
            Passes(s, data, kept, own, phase.tokens * planned[s.name], field, mixture.parts.get(s.name)),
            stops=s.exhausted == "stop",
        )
        for s, data, kept, own, field in selected
    ]
    read = [(s.dataset, data, kept) for s, data, kept, _, _ in selected]
    interleaver = Interleaver(sources, mixture.at, phase.tokens)
    return OpenPhase(interleaver, mixture, sizes, read, [own for _, _, _, own, _ in selected], notes)


def too_short(phase: specs.Phase, index: int, missing: int) -> UserError:
    sentence = (
        f"Phase {phase.name} is {missing:,} tokens short of its {phase.tokens:,}: its streams have no further pass. "
        "Lower the budget, allow more epochs, or keep more samples."
    )
    return UserError(sentence, field=f"phases.{index}.tokens")


class _Cache:
    """``columns`` of :func:`open_phase` from artifacts; what two streams share is read once."""

    def __init__(self, tokenizer: str, inputs: Inputs):
        self._tokenizer, self._inputs, self._known = tokenizer, inputs, {}

    def __call__(self, stream: specs.Stream, field: str) -> Columns:
        key = (stream.dataset, stream.scores)
        if key not in self._known:
            self._known[key] = read_columns(stream, self._tokenizer, self._inputs, field=field)
        return self._known[key]


def _selected(stream: specs.Stream, pool: int, selection: Selection) -> Note:
    data = {"stream": stream.name, "candidates": pool, "kept": len(selection.kept)}
    data |= {"reasons": dict(selection.reasons), "cut": selection.cut}
    return Note(f"Stream {stream.name}: kept {len(selection.kept):,} of {pool:,} samples.", data=data)


def _ran_out(phase: specs.Phase, closed: Closed) -> dict:
    stream = next(stream for stream in phase.streams if stream.name == closed.name)
    return {
        "stream": closed.name,
        "tokens": closed.tokens,
        "then": "stop" if stream.exhausted == "stop" else "renormalise",
    }


def _closed(phase: specs.Phase, interleaver: Interleaver, closed: Closed) -> Note:
    left = [n for n, w in interleaver.weights.items() if w > 0]
    then = f"its share goes to {', '.join(left) or 'nobody'}"
    if closed == interleaver.stopped:
        then = f"the phase ends there, {phase.tokens - closed.tokens:,} tokens short of its budget"
    text = f"Phase {phase.name}: stream {closed.name} has no further pass after {closed.tokens:,} tokens of the phase; {then}."
    return Note(text, "warning", {"phase": phase.name, "stream": closed.name, "tokens": closed.tokens})
