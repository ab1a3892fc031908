"""Runs that differ in their seed alone, as one curve with its range, and as one name in a sentence."""

from dataclasses import dataclass

import numpy as np

from gradatim.plots import _curves


@dataclass(frozen=True, slots=True)
class End:
    """Where a setting ended: the mean, lowest and highest last value of its ``runs``."""

    name: str
    value: float
    low: float
    high: float
    runs: int = 1


def merged(points: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(x, mean, lowest, highest) of several series (x, y) where all of them have a finite point.

    What one seed alone has measured yet says nothing about the others and is left out.
    """
    kept = [(x[np.isfinite(y)], y[np.isfinite(y)]) for x, y in points]
    grid = kept[0][0]
    for x, _ in kept[1:]:
        grid = np.intersect1d(grid, x)
    values = np.array([y[np.searchsorted(x, grid)] for x, y in kept])
    return grid, values.mean(axis=0), values.min(axis=0), values.max(axis=0)


def groups(runs: list[dict]) -> dict[str, list[int]]:
    """The places of the runs by their ``group``, in order of first appearance; a run without one stands for itself."""
    found: dict[str, list[int]] = {}
    for k, record in enumerate(runs):
        found.setdefault(record.get("group") or f"run {k}", []).append(k)
    return found


def ends_of(runs: list[dict], lasts: list[tuple[int, str, str, float]]) -> list[End]:
    """Of (place of a run, its name, what else tells its curve, last value) one a setting and curve: a sentence ranks settings, never single seeds."""
    settings = {place: name for name, places in groups(runs).items() for place in places}
    found: dict[tuple[str, str], list[tuple[str, float]]] = {}
    for place, name, about, value in lasts:
        found.setdefault((settings[place], about), []).append((name, value))
    return [_end(group, about, own) for (group, about), own in found.items()]


def _end(group: str, about: str, own: list[tuple[str, float]]) -> End:
    values = [value for _, value in own]
    name = own[0][0] if len(own) == 1 else f"{group}, mean of {len(own)} runs"
    return End(f"{name}{about}", sum(values) / len(values), min(values), max(values), len(own))


def ranked(ends: list[End], *, verb: str, digits: int) -> str:
    """Which setting is lowest and which highest; of one setting its range."""
    low, high = min(ends, key=lambda end: end.value), max(ends, key=lambda end: end.value)
    if len(ends) == 1 and low.runs > 1:
        return f"is between {low.low:.{digits}f} and {low.high:.{digits}f} in {low.runs} runs, {low.value:.{digits}f} in their mean"
    return f"{verb} lowest in {low.name} ({low.value:.{digits}f}) and highest in {high.name} ({high.value:.{digits}f})"


def alone(runs: list[dict]) -> str:
    """The end of a sentence that ranks runs, where no setting has a second seed: what one seed says names no winner."""
    return "; each has one seed, which names no winner" if len(groups(runs)) == len(runs) else ""


def claimed(runs: list[dict], *ranks: list[End]) -> str:
    """The end of a sentence that ranks settings: which of those that it names have one seed."""
    named = [pick(ends, key=lambda end: end.value) for ends in ranks if len(ends) > 1 for pick in (min, max)]
    single = list(dict.fromkeys(end.name for end in named if end.runs == 1))
    if not single:
        return ""
    if said := alone(runs):
        return said
    return f"; {_curves.listed(single)} {'has' if len(single) == 1 else 'have'} one seed, which names no winner"
