"""The stability gap of each run, domain and shift, and what of it the re-warming control explains."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np

from apps.runs.models import Run
from apps.runs.selectors import shifts_of
from apps.runs.series import Beside, Evaluations, Line
from gradatim import params as parameters
from gradatim import registry


@dataclass(frozen=True, slots=True)
class Gap:
    """A finding of the stability gap: of a loss in nats per token, or of another ``measure`` in its own unit; places in tokens since ``phase_start``.

    ``level`` is the loss before the shift and ``relative_depth`` the depth as a share of it. ``wf`` and ``wp`` are the domain's windowed
    forgetting and plasticity. Of the depth, ``rewarming`` is what the run called ``control`` lost on unchanged data and ``shift`` the
    rest, which is below 0 where the control lost more; None, with an empty name, where there is no control.
    """

    run: int
    name: str
    domain: str
    phase_start: float
    gap_depth: float
    trough_at: float | None
    recovery_at: float | None
    gap_area: float
    net_gain: float
    peak_gain: float
    peak_at: float
    sentence: str
    level: float
    relative_depth: float | None
    wf: float | None = None
    wp: float | None = None
    rewarming: float | None = None
    shift: float | None = None
    control: str = ""
    split: str = ""
    measure: str = "loss"


def gaps_of(runs: Sequence[Run], names: Sequence[str], evaluations: Evaluations, tolerance: float) -> list[Gap]:
    """One gap a run, domain and shift. Runs without a shift (fresh weights, one phase) have none; ``names`` are what pages call them."""
    return [
        gap
        for place, (run, label) in enumerate(zip(runs, names, strict=True))
        for domain, measured in evaluations.get(run.pk, {}).items()
        for gap in _gaps(place, label, shifts_of(run), Beside(domain, "loss", "lower", measured.loss), tolerance)
    ]


def gaps_beside(runs: Sequence[Run], names: Sequence[str], beside: Mapping[UUID, list[Beside]]) -> list[Gap]:
    """The same of what was measured beside the loss of the last weights; recovered is what is fully back."""
    return [
        gap
        for place, (run, label) in enumerate(zip(runs, names, strict=True))
        for measured in beside.get(run.pk, [])
        for gap in _gaps(place, label, shifts_of(run), measured, 0.0)
    ]


def _gaps(place: int, label: str, shifts: list[int], of: Beside, tolerance: float) -> list[Gap]:
    starts = measured_starts(shifts, of.line.tokens)
    if not starts:
        return []
    name, method = f"{of.domain} {of.measure}", registry.load("diagnostics", "stability_gap")
    series = {
        "tokens": of.line.tokens.tolist(),
        "values": {name: of.line.value.tolist()},
        "better": {name: of.better},
        "phase_starts": starts,
    }
    gaps = []
    for finding in method.diagnose(series, parameters.parse(method.Params, {"tolerance": tolerance}))["findings"]:
        facts = {key: value for key, value in finding.items() if key != "name"}
        level = level_before(of.line, finding["phase_start"])
        relative = finding["gap_depth"] / abs(level) if level else None
        gaps.append(Gap(place, label, of.domain, measure=of.measure, level=level, relative_depth=relative, **facts))
    return gaps


def split(gaps: list[Gap], runs: Sequence[Run], controls: Mapping) -> list[Gap]:
    """With the part of each depth that its run's control (``controls`` by run; a member of ``runs``) lost, too."""
    places = {run.pk: place for place, run in enumerate(runs)}
    depths = {(gap.run, gap.domain, gap.phase_start): gap for gap in gaps}
    found = []
    for gap in gaps:
        control = controls.get(runs[gap.run].pk)
        other = depths.get((places[control.pk], gap.domain, gap.phase_start)) if control else None
        found.append(_split(gap, other) if other else gap)
    return found


def _split(gap: Gap, control: Gap) -> Gap:
    part = control.gap_depth
    split = replace(gap, rewarming=part, shift=gap.gap_depth - part, control=control.name)
    if control.run == gap.run:
        return replace(split, split="Its data did not change: all of it is what warming the rate up again did.")
    if gap.trough_at is None:
        return split
    if split.shift > 0:
        said = f"Of the {gap.gap_depth:,.3f} nats that it lost, re-warming alone did {part:,.3f} ({control.name}) and the shift {split.shift:,.3f}."
    else:
        said = f"Re-warming alone loses {part:,.3f} nats of it ({control.name}): the new data lost no more than that."
    return replace(split, split=said)


def deepest_domain(gaps: list[Gap]) -> str:
    """The domain that lost most in any of the runs: what all of them are asked about first."""
    deepest = max(gaps, key=lambda gap: gap.gap_depth, default=None)
    return deepest.domain if deepest else ""


def level_before(line: Line, start: float) -> float:
    """The last value at or before the shift."""
    return float(line.value[np.searchsorted(line.tokens, start, "right") - 1])


def measured_starts(starts: Sequence[int], tokens: np.ndarray) -> list[int]:
    """Shifts that the series has reached. A continuation's first evaluation, before any update, is its level before."""
    return [start for start in starts if len(tokens) and tokens[0] <= start <= tokens[-1]]
