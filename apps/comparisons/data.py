"""What differs in the data of compared runs: which samples, in which order, in which share, stream by stream against one curriculum."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.curricula.choices import Choices, choices_of
from apps.curricula.first_passes import FirstPass
from apps.curricula.mixtures import mixtures_of
from apps.curricula.models import CurriculumVersion
from apps.curricula.order_diffs import StreamDiff, data_diff
from apps.runs.models import Run
from apps.runs.series import names_apart

#: So many curricula are set against the reference; each reads every sample's place.
MOST = 8


@dataclass(frozen=True, slots=True)
class Row:
    """A stream of one or both; ``sentence`` where its samples cannot be counted. Shares are of the phase's tokens."""

    phase: str
    stream: str
    share: float | None
    reference_share: float | None
    sentence: str
    diff: StreamDiff

    @property
    def same(self) -> bool:
        return bool(self.diff.diff and self.diff.diff.same and self.share == self.reference_share)


@dataclass(frozen=True, slots=True)
class Against:
    """A curriculum against the reference: its runs (places and names), and its streams. ``moved``: the share of common samples that moved."""

    name: str
    runs: list[tuple[int, str]]
    rows: list[Row]
    moved: float | None


@dataclass(frozen=True, slots=True)
class Data:
    """``sentence`` says why there is nothing, or that something was left out."""

    reference: str
    others: list[Against]
    sentence: str


def data_of(runs: Sequence[Run], baseline: int) -> Data:
    """Against the curriculum of the run at the place ``baseline`` (from 1), else of the first."""
    if len({run.project_id for run in runs}) > 1:
        return Data("", [], "These runs are of several projects: their data are not set against each other.")
    places, names = {}, names_apart(runs)
    for place, run in enumerate(runs):
        places.setdefault(run.version_id, []).append(place)
    first = runs[baseline - 1 if 0 < baseline <= len(runs) else 0].version
    others = [runs[own[0]].version for key, own in places.items() if key != first.pk]
    if not others:
        return Data(
            _named(first),
            [],
            "All runs learn by the same curriculum: nothing differs in their data but what a seed shuffles.",
        )
    choices = choices_of(runs[0].project)
    found = [
        _against(first, other, [(place, names[place]) for place in places[other.pk]], choices)
        for other in others[:MOST]
    ]
    left = len(others) - len(found)
    said = (
        f"{left} more curricul{'a are' if left > 1 else 'um is'} not shown: choose fewer runs to see them."
        if left
        else ""
    )
    return Data(_named(first), found, said)


def _against(first: CurriculumVersion, other: CurriculumVersion, runs: list, choices: Choices) -> Against:
    data, shares = data_diff(first, other, choices), [_shares(version, choices) for version in (first, other)]
    rows = [
        Row(
            diff.phase,
            diff.name,
            _share_of(shares[1], diff.after),
            _share_of(shares[0], diff.before),
            _sentence(diff),
            diff,
        )
        for diff in data.streams
    ]
    return Against(_named(other), runs, rows, data.moved)


def _shares(version: CurriculumVersion, choices: Choices) -> dict[tuple[int, str], float]:
    """Mean share of its phase's tokens, by the phase's number and the stream: phases are matched by it, whatever they are called."""
    mixes = enumerate(mixtures_of(version, choices))
    return {(number, name): share for number, mix in mixes if mix for name, share in mix.mean.items()}


def _share_of(shares: dict[tuple[int, str], float], stream: FirstPass | None) -> float | None:
    return shares.get((stream.phase, stream.name)) if stream else None


def _sentence(diff: StreamDiff) -> str:
    if not diff.before:
        return "only here"
    if not diff.after:
        return "only in the reference"
    return "" if diff.diff else diff.sentence


def _named(version: CurriculumVersion) -> str:
    return f"{version.curriculum.name}, version {version.number}"
