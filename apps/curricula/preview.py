"""What a draft will do, stream by stream: kept rows and tokens, order, planned mixture, passes. Nothing is written.

Each stream is looked at by itself, so that a mistake in one does not hide the others.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from apps.common import lookup
from apps.common.templatetags.ui import percent, score_inside
from apps.curricula import meters
from apps.curricula.choices import Choices
from apps.curricula.colors import colors_of
from apps.curricula.columns import columns_of
from apps.curricula.mixtures import by_names
from apps.scores.models import ScoreSet
from gradatim import preview, readings, specs
from gradatim.curriculum import too_short
from gradatim.errors import Unsized, UserError
from gradatim.meters import Meters
from gradatim.mixtures import Mixture, mixture_of
from gradatim.plots import order_preview
from gradatim.seeds import Seed
from gradatim.streams import Columns, at
from gradatim.types import Remark

#: Passes beyond which repeated samples are worth a warning.
MANY = 4.0
#: Passes below which it is worth saying how little of an order is reached.
CUT = 0.95
UNKNOWN = "0" * 64
_TAKEN = "the others take its share."


@dataclass
class StreamRow:
    """A stream of the preview. ``waiting`` says which data are still being made; ``view`` is then None."""

    name: str
    color: int
    dataset: str = ""
    waiting: str = ""
    spec: specs.Stream | None = None
    chosen: preview.Chosen | None = None
    view: preview.StreamView | None = None
    data: Columns | None = None
    estimated: bool = False
    share: float | None = None
    tokens: float | None = None
    passes: float | None = None
    ran_out: float | None = None
    ends: bool = False
    left: float = 0.0
    order: dict | None = None
    by: str = ""
    reading: str = ""
    meters: Meters | None = None

    @property
    def many(self) -> bool:
        return (self.passes or 0) > MANY

    @property
    def cut(self) -> bool:
        """Whether the budget ends well before the order does, so that its tail is never seen."""
        return self.passes is not None and self.passes < CUT


@dataclass
class PhaseRow:
    """``mixture`` None: it cannot be read, or waits for the data of its streams. ``short``: tokens of the budget that are left
    where a stream ends the phase."""

    name: str
    tokens: int | None
    streams: list[StreamRow] = field(default_factory=list)
    mixture: Mixture | None = None
    short: float = 0

    @property
    def sizes(self) -> dict[str, int] | None:
        known = all(stream.chosen for stream in self.streams)
        return {stream.name: stream.chosen.tokens for stream in self.streams} if known else None


@dataclass
class Preview:
    phases: list[PhaseRow] = field(default_factory=list)
    domains: list[dict] = field(default_factory=list)
    errors: list[UserError] = field(default_factory=list)
    batch: int = meters.BATCH
    colors: dict = field(default_factory=dict)

    @property
    def streams(self) -> list[StreamRow]:
        return [stream for phase in self.phases for stream in phase.streams]

    @property
    def estimated(self) -> bool:
        return any(stream.estimated for stream in self.streams)

    @property
    def sampled(self) -> bool:
        return any(stream.view.sampled for stream in self.streams if stream.view)

    @property
    def measured(self) -> bool:
        return any(stream.meters for stream in self.streams)

    @property
    def remarks(self) -> list[Remark]:
        """What is worth knowing about settings, at their paths in the document."""
        mixed = [remark for phase in self.phases if phase.mixture for remark in phase.mixture.remarks]
        seen = [remark for stream in self.streams if stream.view for remark in stream.view.remarks]
        many = [
            Remark(f"Repeats {stream.passes:.1f} times.", f"phases.{i}.streams.{j}.weight")
            for i, phase in enumerate(self.phases)
            for j, stream in enumerate(phase.streams)
            if stream.many and len(phase.streams) > 1
        ]
        return [*mixed, *seen, *many]

    @property
    def warnings(self) -> list[str]:
        """Streams that repeat too often (domains, where no single stream does but several together do), and that run out."""
        placed = [(phase, stream) for phase in self.phases for stream in phase.streams]
        where = {phase.name: f" of phase {phase.name}" if len(self.phases) > 1 else "" for phase in self.phases}
        repeated = [
            f"Stream {stream.name}{where[phase.name]} repeats {stream.passes:.1f} times."
            for phase, stream in placed
            if stream.many
        ] or [
            f"Domain {row['name']} repeats {row['passes']:.1f} times over all streams."
            for row in self.domains
            if row["many"]
        ]
        return repeated + [
            f"Stream {stream.name} runs out after {stream.ran_out:,.0f} tokens of phase {phase.name}: "
            + (f"the phase ends there, {phase.short:,.0f} tokens short of its budget." if stream.ends else _TAKEN)
            for phase, stream in placed
            if stream.ran_out is not None
        ]

    @property
    def mixture_in_words(self) -> str:
        parts = []
        for phase in self.phases:
            shares = [f"{stream.name} {percent(stream.share)}" for stream in phase.streams if stream.share is not None]
            parts += [f"{phase.name}: {', '.join(shares)}"] if shares else []
        return f"{'; '.join(parts)}." if parts else "No phase can be read yet."


def preview_of(draft: dict, choices: Choices, *, drawn: bool = True, batch: int = meters.BATCH) -> Preview:
    """The preview of a draft; ``drawn`` false leaves out the pictures and the meters of the orders.

    ``batch`` is the size of the meters' batches, in samples.

    While a draft is being typed, streams and budgets that cannot be read yet are None: shares of their phase are then unknown.
    """
    found = Preview(batch=batch, colors=colors_of(draft["phases"]))
    for i, phase in enumerate(draft["phases"]):
        row = PhaseRow(phase["name"], phase["tokens"])
        found.phases.append(row)
        read = []
        for j, stream in enumerate(phase["streams"]):
            if stream is None:
                continue
            seen = StreamRow(stream["name"], found.colors[stream["name"]])
            row.streams.append(seen)
            read.append((seen, stream, Seed(0).child(i, stream["name"]), f"phases.{i}.streams.{j}"))
            with _Kept(found.errors):
                _read(seen, stream, draft["tokenizer"], choices, read[-1][3])
        whole = phase["tokens"] and None not in phase["streams"] and phase.get("mixture", {}) is not None
        if whole:
            with _Kept(found.errors):
                _mix(row, phase, i)
        for seen, stream, seed, where in read:
            with _Kept(found.errors):
                _view(seen, row, seed, where)
                if drawn and seen.view:
                    _draw(seen, stream, choices, batch)
        if whole and row.mixture:
            with _Kept(found.errors):
                _share_out(row, phase, i)
    found.domains = _domains(found, draft)
    return found


def _mix(row: PhaseRow, phase: dict, index: int) -> None:
    try:
        row.mixture = mixture_of(by_names(phase), row.sizes, field=f"phases.{index}.mixture")
    except Unsized:
        return  # what stands in the way is told at the streams


def _read(row: StreamRow, stream: dict, tokenizer: str, choices: Choices, where: str) -> None:
    """What the stream keeps, where its data are there."""
    version, bpe = choices.versions[stream["dataset"]], choices.tokenizers[tokenizer]
    row.dataset = f"{version.dataset.name}, version {version.number}"
    score_set = choices.score_sets[stream["scores"]] if stream.get("scores") else None
    waits = [made for made in (version, score_set) if made and not made.artifact]
    if waits:
        row.waiting = (
            "its samples are still being imported" if waits[0] is version else "its scores are still being computed"
        )
        return
    row.data, row.estimated = columns_of(version, bpe, score_set)
    named = {**stream, "dataset": UNKNOWN, **({"scores": UNKNOWN} if score_set else {})}
    with at(where):
        row.spec = specs.parse(specs.Stream, named)
    row.chosen = preview.chosen(row.spec, row.data, field=where)


def _view(row: StreamRow, phase: PhaseRow, seed: Seed, where: str) -> None:
    """Its order, of as many passes as the mixture promises where they differ."""
    if not row.chosen:
        return
    mixture = phase.mixture
    promised = mixture.mean[row.name] * phase.tokens if mixture else 0.0
    piece = mixture.parts.get(row.name) if mixture else None
    row.view = preview.stream_view(
        row.spec, row.data, seed, promised=promised, kept=row.chosen, piece=piece, field=where
    )


def _draw(row: StreamRow, stream: dict, choices: Choices, batch: int) -> None:
    """The order and its meters by the stream's scores; without any, by the oldest score set of its dataset version."""
    own = stream.get("scores")
    sets = [s for s in choices.score_sets.values() if str(s.version_id) == stream["dataset"] and s.artifact]
    shown: ScoreSet | None = choices.score_sets[own] if own else next(iter(sets), None)
    if shown:
        values = row.data.scores if own else lookup.scores(shown.artifact)
        row.order = order_preview.bands_of(values[row.view.order])
        row.by = score_inside(shown)
        row.reading = readings.reading(values, row.view.order, shown.artifact.meta["higher_means"], row.by)
        row.meters = meters.of_view(row.view, values, row.data.domain_codes, batch)


def _share_out(row: PhaseRow, phase: dict, index: int) -> None:
    """Shares, tokens and passes of a phase whose mixture is known."""
    shares, left = row.mixture.mean, 0.0
    for stream in row.streams:
        stream.share, stream.left, left = shares[stream.name], left, left + shares[stream.name]
        stream.tokens = shares[stream.name] * phase["tokens"]
    if any(stream.view is None for stream in row.streams):
        return
    room = {stream.name: stream.view.passes.room(stream.spec.passes) for stream in row.streams}
    stops = {stream.name for stream in row.streams if stream.spec.exhausted == "stop"}
    given = preview.served(phase["tokens"], row.mixture.in_parts(), room, stops)
    row.short = phase["tokens"] - sum(given.tokens.values()) if given.ended else 0
    for stream in row.streams:
        stream.ran_out, stream.ends = given.ran_out.get(stream.name), stream.name == given.ended
        stream.tokens = given.tokens[stream.name]
        stream.passes = stream.view.passes.passes(stream.tokens)
    if given.missing and not any(stream.estimated for stream in row.streams):
        raise too_short(by_names(phase), index, given.missing)


def _domains(found: Preview, draft: dict) -> list[dict]:
    """Domains with their passes, dataset by dataset, where every stream's passes are known."""
    by_dataset = {}
    for phase, row in zip(draft["phases"], found.phases, strict=True):
        streams = [stream for stream in phase["streams"] if stream is not None]
        for stream, seen in zip(streams, row.streams, strict=True):
            if seen.view and seen.passes is not None:
                drawn = seen.view.passes.by_domain(seen.tokens)
                by_dataset.setdefault((stream["dataset"], seen.dataset), []).append((seen.data, seen.view.kept, drawn))
    rows = []
    for (_, name), streams in by_dataset.items():
        for view in preview.by_domain(streams):
            about = {
                "dataset": name,
                "name": view.name,
                "rows": view.rows,
                "tokens": view.tokens,
                "passes": view.passes,
            }
            rows.append(about | {"many": view.passes > MANY})
    return rows


class _Kept:
    """Collects the ``UserError`` of its block."""

    def __init__(self, errors: list[UserError]):
        self._errors = errors

    def __enter__(self) -> Callable:
        return self._errors.append

    def __exit__(self, kind, error, trace) -> bool:
        if isinstance(error, UserError):
            self._errors.append(error)
            return True
        return False
