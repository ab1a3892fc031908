"""What differs between two versions of a curriculum in the data: samples kept, their places in the order, tokens a domain."""

from dataclasses import dataclass, field

import numpy as np

from apps.common import lookup
from apps.common.remembered import Remembered
from apps.common.templatetags.ui import percent
from apps.curricula.choices import Choices
from apps.curricula.first_passes import FirstPass, passes_of
from apps.curricula.models import CurriculumVersion
from gradatim import order_diff
from gradatim.corpora.changes import partners
from gradatim.errors import UserError

_FOUND, _PARTNERS = Remembered(256), Remembered(4)


@dataclass(frozen=True)
class StreamDiff:
    """A stream of both versions, or of one: ``diff`` is then None, as where data are still being made. Streams are matched
    by their names within a phase. ``sentence`` says all of it; ``by_id``: the two versions read different dataset versions."""

    phase: str
    name: str
    sentence: str
    before: FirstPass | None
    after: FirstPass | None
    diff: order_diff.OrderDiff | None = None
    domains: list[order_diff.DomainTokens] = field(default_factory=list)

    @property
    def by_id(self) -> bool:
        return bool(self.diff and self.before.version != self.after.version)

    @property
    def changed(self) -> bool:
        return bool(self.diff and not self.diff.same)


@dataclass(frozen=True)
class DataDiff:
    streams: list[StreamDiff]

    @property
    def compared(self) -> int:
        return sum(stream.diff.compared for stream in self.streams if stream.diff)

    @property
    def moved(self) -> float | None:
        """The share of all samples in both versions that moved, over all streams."""
        moved = sum(row.diff.moved * row.diff.compared for row in self.streams if row.diff and row.diff.compared)
        return moved / self.compared if self.compared else None

    @property
    def differs(self) -> bool:
        return any(stream.changed or not stream.diff for stream in self.streams)

    @property
    def changed(self) -> list[StreamDiff]:
        """Streams that hold other samples or another order, the most rearranged first."""
        found = [stream for stream in self.streams if stream.changed]
        return sorted(found, key=lambda row: (-(row.diff.mean or 0), row.diff.overlap))


def data_diff(before: CurriculumVersion, after: CurriculumVersion, choices: Choices) -> DataDiff:
    sides = [{(row.phase, row.name): row for row in passes_of(version, choices)} for version in (before, after)]
    rows = []
    for place in sorted(dict.fromkeys([*sides[1], *sides[0]]), key=lambda place: place[0]):
        pair = [side.get(place) for side in sides]
        named = after if pair[1] else before
        rows.append(_stream(named.draft["phases"][place[0]]["name"], place[1], *pair, before.number, after.number))
    return DataDiff(rows)


def _stream(phase: str, name: str, before: FirstPass | None, after: FirstPass | None, old: int, new: int) -> StreamDiff:
    if not (before and after):
        return StreamDiff(phase, name, f"Only version {new if after else old} has this stream.", before, after)
    if waiting := before.waiting or after.waiting:
        return StreamDiff(phase, name, f"Nothing can be compared: {waiting}.", before, after)
    try:
        found, domains = _FOUND.get((before.key, after.key), lambda: _compared(before, after))
    except UserError as error:
        return StreamDiff(phase, name, f"Nothing can be compared: {error.sentence}", before, after)
    return StreamDiff(phase, name, in_words(found, old, new), before, after, found, domains)


def _compared(before: FirstPass, after: FirstPass) -> tuple[order_diff.OrderDiff, list[order_diff.DomainTokens]]:
    old, new = before.view(), after.view()
    partner = _partners(before, after) if before.version.artifact_id != after.version.artifact_id else None
    found = order_diff.compare((old.kept, old.order), (new.kept, new.order), partner)
    return found, order_diff.tokens_by_domain((before.data, old.order), (after.data, new.order))


def _partners(before: FirstPass, after: FirstPass) -> np.ndarray:
    """Samples of another dataset version are found by their ids."""
    artifacts = before.version.artifact, after.version.artifact
    return _PARTNERS.get(
        tuple(artifact.digest for artifact in artifacts), lambda: partners(*map(lookup.dataset, artifacts))
    )


def in_words(found: order_diff.OrderDiff, old: int, new: int) -> str:
    """One or two plain sentences on a stream of versions number ``old`` and ``new``."""
    if found.same:
        return f"Both versions learn from the same {_samples(found.both)} in the same order."
    if not found.both:
        return "The two versions have no sample of this stream in common."
    if found.only_before or found.only_after:
        kept = f"Version {new} keeps {found.both:,} of the {_samples(found.both + found.only_before)} of version {old}"
        others = f" and {found.only_after:,} other{'s' if found.only_after > 1 else ''}" if found.only_after else ""
        kept, those = f"{kept}{others}.", "Those in both"
    else:
        kept, those = f"Both versions keep the same {_samples(found.both)}.", "They"
    return f"{kept} {_moves(found, those)}"


def _moves(found: order_diff.OrderDiff, those: str) -> str:
    if not found.mean:
        return f"{those} come in the same order."
    if not found.moved:
        return f"{those} come in the same order, up to {percent(order_diff.STILL)} of it."
    whose = "those in both" if those == "Those in both" else "them"
    return (
        f"{percent(found.moved)} of {whose} moved; a sample now stands {percent(found.mean)} of the order from its old "
        f"place on average, and the two orders correlate by {_signed(found.correlation)}."
    )


def _samples(count: int) -> str:
    return f"{count:,} sample{'s' if count != 1 else ''}"


def _signed(value: float | None) -> str:
    return "—" if value is None else f"{round(value, 2) + 0.0:.2f}".replace("-", "\N{MINUS SIGN}")
