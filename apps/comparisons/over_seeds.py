"""What the seeds of compared settings allow to say: each setting's mean with its interval, and the paired difference to the first."""

import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from apps.comparisons.answers import Final
from apps.comparisons.gaps import Gap
from apps.runs.models import Run
from apps.runs.selectors import document_of
from apps.runs.series import group_names, setting_of
from apps.runs.services import weights_in
from gradatim import paired as pairs
from gradatim.seed_effects import effects

DEPTH, BEYOND, LAST = "gap depth", "gap depth beyond re-warming", "last loss"
#: what is compared, and what it is called
MEASURES = (
    ("gap_depth", DEPTH),
    ("shift", BEYOND),
    ("net_gain", "net gain"),
    ("last", LAST),
)
#: So many differences are told before anything else.
LEADING = 3
#: So many sentences are read at once; where a few more are all, those too.
SHOWN, FEW = LEADING + 1, LEADING + 3
#: of the resampling: an address shows the same interval to everybody
SEED = 0


@dataclass(frozen=True, slots=True)
class Interval:
    """``low`` and ``high`` are None where one seed, or seeds that all say the same, have no interval."""

    mean: float
    low: float | None
    high: float | None


#: What a control loses beyond re-warming.
NOTHING = Interval(0.0, None, None)


@dataclass(frozen=True, slots=True)
class OverSeeds:
    """One measure of one setting in a domain, over its seeds. ``run`` is the place of the setting's first run: its colour.

    ``less`` is the paired difference to the setting that is called ``reference``, over the seeds that both have; None for the reference itself, and
    where no seed is common. ``told``: it may be claimed; ``needed``: about so many seeds would tell it.
    """

    run: int
    setting: str
    domain: str
    measure: str
    seeds: int
    own: Interval
    reference: str
    pairs: int = 0
    less: Interval | None = None
    told: bool = False
    needed: int | None = None
    sentence: str = ""


def over_seeds(
    runs: Sequence[Run], gaps: list[Gap], finals: list[Final], domains: list[str], first: int
) -> list[OverSeeds]:
    """Rows where some setting has several seeds; ``first`` is the place of a run of the setting that the others are compared with."""
    groups, names = _groups(runs), group_names(runs)
    if max((len(members) for members in groups.values()), default=0) < 2:
        return []
    order = sorted(groups, key=lambda key: key != setting_of(runs[first]))
    rows = []
    for domain in domains:
        for measure, words in MEASURES:
            values = _values(measure, domain, gaps, finals)
            known = {
                key: {seed: values[place] for seed, place in groups[key].items() if place in values} for key in order
            }
            for key in order:
                if known[key]:
                    place = min(groups[key].values())
                    reference = names[min(groups[order[0]].values())]
                    row = OverSeeds(
                        place, names[place], domain, words, len(known[key]), _interval(known[key].values()), reference
                    )
                    rows.append(_less(row, known[key], known[order[0]]) if key != order[0] else row)
    return rows


def seeds_said(runs: Sequence[Run]) -> list[str]:
    """How many seeds there are, and what they changed: one sentence, and one more where settings differ in it."""
    groups = [[runs[place] for place in members.values()] for members in _groups(runs).values()]
    most = max((len(members) for members in groups), default=0)
    if most <= 1:
        return [
            "One seed, so no interval: each line is a single run, and a difference between two may be chance. "
            "Nothing is claimed. No winner is named."
        ]
    said = [
        effects([_document(run) for run in members], [_consumed(run) for run in members]).sentence
        for members in groups
        if len(members) > 1
    ]
    return [
        f"Up to {most} seeds of one setting: differences are taken seed by seed, with intervals of {pairs.LEVEL * 100:.0f} %. "
        "Only what they tell is claimed.",
        *_by_setting(said),
    ]


def _by_setting(said: list[str]) -> list[str]:
    """Each sentence once; where settings differ, with in how many of them it holds."""
    counts = Counter(said)
    if len(counts) <= 1:
        return list(counts)
    return [f"In {count} of {len(said)} settings, {words[0].lower()}{words[1:]}" for words, count in counts.items()]


def findings_of(rows: list[OverSeeds], domain: str) -> list[str]:
    """What the seeds say of the gap in one domain: whether a setting helped, and how much of each dip was re-warming; of runs without
    a gap, which of them ended lower.

    The largest differences that can be told from chance come first, then the first setting's dip in its parts, then all else.
    """
    if not any(row.measure == DEPTH for row in rows):
        return _ends(rows)
    own = {(row.measure, row.setting): row for row in rows if row.domain == domain}
    controls = {setting for (measure, setting), row in own.items() if measure == BEYOND and row.own == NOTHING}
    own = {key: row for key, row in own.items() if key[1] not in controls}
    depths = [row for (measure, _), row in own.items() if measure == DEPTH]
    less = [row.sentence for row in sorted(depths, key=_weight) if row.sentence]
    parts = [sentence for row in depths if (sentence := _in_parts(row, own.get((BEYOND, row.setting)), domain))]
    return [*less[:LEADING], *parts[:1], *less[LEADING:], *parts[1:]]


def _weight(row: OverSeeds) -> tuple:
    """What is told comes first, the largest of it before the others."""
    return (not row.told, -abs(row.less.mean) if row.told else 0)


def _in_parts(row: OverSeeds, beyond: OverSeeds | None, domain: str) -> str:
    """How much of a setting's dip re-warming did, where a control and several seeds say so."""
    if not beyond or not beyond.seeds == row.seeds > 1 or beyond.own.mean <= 0:
        return ""
    part = row.own.mean - beyond.own.mean
    return (
        f"{row.setting}, in the mean of {row.seeds} seeds: of the {row.own.mean:,.3f} nats that {domain} lost, re-warming alone did {part:,.3f} and the "
        f"shift {beyond.own.mean:,.3f}."
    )


def _ends(rows: list[OverSeeds]) -> list[str]:
    """The largest differences of the last losses that can be told from chance; where none can, that it is so."""
    compared = [row for row in rows if row.measure == LAST and row.less]
    if len(compared) <= LEADING:
        return [row.sentence for row in compared]
    told = sorted((row for row in compared if row.told), key=_weight)
    count = (
        f"{len(told) or 'None'} of {len(compared)} last losses differ from {compared[0].reference} by more than chance"
    )
    return [*(row.sentence for row in told[:LEADING]), f"{count}: the table over seeds has each."]


def _less(row: OverSeeds, own: dict, reference: dict) -> OverSeeds:
    common = [seed for seed in own if seed in reference]
    if not common:
        return row
    found = _paired(tuple(own[seed] - reference[seed] for seed in common))
    measure = f"{row.domain[:1].upper()}{row.domain[1:]}, {row.measure}"
    said = pairs.sentence(found, measure=measure, first=row.setting, second=row.reference, unit="nats")
    less = Interval(found.mean, found.low, found.high)
    return replace(row, pairs=found.seeds, less=less, told=found.told, needed=found.needed, sentence=said)


def _groups(runs: Sequence[Run]) -> dict[tuple, dict[tuple, int]]:
    """{setting: {what its seeds are told apart by: place of the run}}; of repetitions of one run the first counts."""
    groups: dict[tuple, dict[tuple, int]] = {}
    for place, run in enumerate(runs):
        groups.setdefault(setting_of(run), {}).setdefault((run.seed, run.base_id), place)
    return groups


def _values(measure: str, domain: str, gaps: list[Gap], finals: list[Final]) -> dict[int, float]:
    """By place of the run; of several shifts in a run that with the largest gap counts."""
    if measure == "last":
        losses = {final.run: value.loss for final in finals for value in final.measured if value.domain == domain}
        return {place: loss for place, loss in losses.items() if loss is not None}
    deepest: dict[int, Gap] = {}
    for gap in gaps:
        if gap.domain == domain and (gap.run not in deepest or gap.gap_depth > deepest[gap.run].gap_depth):
            deepest[gap.run] = gap
    found = {place: getattr(gap, measure) for place, gap in deepest.items()}
    return {place: value for place, value in found.items() if value is not None}


def _interval(values) -> Interval:
    found = _paired(tuple(values))
    return Interval(found.mean, found.low, found.high)


@functools.lru_cache(maxsize=4096)
def _paired(values: tuple[float, ...]) -> pairs.Paired:
    return pairs.paired(values, seed=SEED)


def _document(run: Run) -> dict:
    """The run's document with its base, which is known before the document is frozen."""
    document = document_of(run)
    if not run.base_id:
        return document
    return document | {
        "recipe": document["recipe"] | {"model": {"checkpoint": str(run.base_id)} | weights_in(run.recipe)}
    }


def _consumed(run: Run) -> str:
    return (run.certificate or {}).get("digest", "")
