"""The series of runs as pages need them: whole for diagnostics, short enough to draw for figures."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from apps.metrics import overviews
from apps.metrics import selectors as metrics
from apps.metrics.codec import Columns
from apps.runs.along import events_of, samples_of
from apps.runs.models import Run
from apps.runs.selectors import phases_of, shifts_of

SUITE = "heldout"
#: of a task, as its series end -> in words
MEASURES = {"accuracy": "accuracy", "accuracy_normalised": "accuracy by byte", "exact_match": "exact match"}
POINTS = overviews.POINTS
#: A loss beyond it says as little as one that is no number, and differences and means of such would be none.
LARGEST = 1e150


@dataclass(frozen=True, slots=True)
class Line:
    """``tokens`` (n,) int64 and ``value`` (n,) float64, only what can be calculated with."""

    tokens: np.ndarray
    value: np.ndarray

    @property
    def last(self) -> float | None:
        return float(self.value[-1]) if len(self.value) else None


@dataclass(frozen=True, slots=True)
class Measured:
    """What one domain's evaluations say: ``loss`` in nats a token, bits a byte and a task's ``accuracy`` (empty where not measured).

    A task is measured by whoever trains elsewhere (``eval/heldout/<domain>/accuracy``), or by a suite with questions on the domain.
    """

    loss: Line
    bits_per_byte: Line
    accuracy: Line


Evaluations = dict[UUID, dict[str, Measured]]


@dataclass(frozen=True, slots=True)
class Beside:
    """What was measured of a domain beside the loss of the last weights: ``measure`` in words, ``better`` "lower" or "higher"."""

    domain: str
    measure: str
    better: str
    line: Line


def read(runs: Sequence[Run], names: Sequence[str], **asked) -> dict[tuple[UUID, str], metrics.Read]:
    """:func:`apps.metrics.selectors.read`, of what a frozen share link kept of the runs where they are such."""
    kept = next((run.kept for run in runs if run.kept), None)
    return metrics.read([run.pk for run in runs], names, parts=kept and kept.parts, **asked)


def evaluations(runs: Sequence[Run]) -> tuple[Evaluations, dict[UUID, list[Beside]]]:
    """Every evaluation of every run, by run and domain, and what was measured beside it; two queries."""
    found = read(runs, ["eval/*", "eval_averaged/*"], max_points=None)
    measured = _measured(runs, found)
    beside: dict[UUID, list[Beside]] = {run.pk: [] for run in runs}
    for run_id, name in sorted(found, key=lambda key: key[1]):
        root, suite, domain, measure = [*name.split("/"), "", "", ""][:4]
        words = _in_words(root, suite, measure)
        line = _line(found[run_id, name].points) if words else None
        if not line or not len(line.tokens):
            continue
        if measure == "loss" and (own := measured[run_id].get(domain)):
            line = _from_the_beginning(line, own.loss)
        beside[run_id].append(Beside(domain, words, "lower" if measure == "loss" else "higher", line))
    return measured, beside


def _in_words(root: str, suite: str, measure: str) -> str:
    """ "" for what is not shown beside the loss of the last weights."""
    if measure == "loss":
        return "loss of averaged weights" if root == "eval_averaged" and suite == SUITE else ""
    words = MEASURES.get(measure, "")
    words += f" in {suite}" if words and suite != SUITE else ""
    return f"{words}, averaged weights" if words and root == "eval_averaged" else words


def _from_the_beginning(averaged: Line, last: Line) -> Line:
    """Before the first update an average is the weights themselves: their first loss is its first, too."""
    if not len(last.tokens) or last.tokens[0] >= averaged.tokens[0]:
        return averaged
    return Line(np.append(last.tokens[:1], averaged.tokens), np.append(last.value[:1], averaged.value))


def _measured(runs: Sequence[Run], found: dict) -> Evaluations:
    prefix, loss = f"eval/{SUITE}/", "/loss"
    measured: Evaluations = {run.pk: {} for run in runs}
    for run_id, name in sorted(found, key=lambda key: key[1]):
        if name.startswith(prefix) and name.endswith(loss):
            domain = name.removeprefix(prefix).removesuffix(loss)
            others = [found.get((run_id, f"{prefix}{domain}/bits_per_byte")), _task(found, run_id, domain)]
            line = _line(found[run_id, name].points)
            if len(line.tokens):
                measured[run_id][domain] = Measured(line, *(_line(other.points if other else None) for other in others))
    return measured


def _task(found: dict, run_id: UUID, domain: str) -> metrics.Read | None:
    """What was measured of a domain's task: beside its loss, else by the first suite, by name, that has questions on it."""
    names = sorted(name for key, name in found if key == run_id and name.split("/")[2:3] == [domain])
    own = [f"eval/{SUITE}/{domain}/accuracy", *(n for n in names if n.endswith(("/accuracy", "/exact_match")))]
    return next((found[run_id, name] for name in own if (run_id, name) in found), None)


def names_apart(runs: Sequence[Run]) -> list[str]:
    """The runs' names for legends; those that share one get their seed, and a number where that does not help."""
    names = [run.name for run in runs]
    names = [
        f"{name} (seed {run.seed})" if names.count(name) > 1 else name for name, run in zip(names, runs, strict=True)
    ]
    return [f"{name} [{i}]" if names.count(name) > 1 else name for i, name in enumerate(names, 1)]


def setting_of(run: Run) -> tuple:
    """Equal for runs that differ in their seed alone, or in that of their base."""
    base = run.base and (run.base.version_id, run.base.base_id, repr(sorted(run.base.recipe.items())))
    return run.version_id, base, repr(sorted(run.recipe.items()))


def group_names(runs: Sequence[Run]) -> list[str]:
    """For each run the name of those that differ from it in their seed alone: what their names begin with."""
    members: dict[tuple, list[str]] = {}
    for run in runs:
        members.setdefault(setting_of(run), []).append(run.name)
    names = {key: _shared_name(own) for key, own in members.items()}
    taken = list(names.values())
    names = {key: name if taken.count(name) == 1 else f"{name} [{i}]" for i, (key, name) in enumerate(names.items(), 1)}
    return [names[setting_of(run)] for run in runs]


def _shared_name(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    return re.sub(r"([\s,(]*\bseed)?[\s,(]*$", "", os.path.commonprefix(names)) or names[0]


def records(
    runs: Sequence[Run],
    wanted: Sequence[str],
    *,
    axis: str = "tokens",
    start: float | None = None,
    stop: float | None = None,
) -> tuple[list[dict], int, int]:
    """(records for :mod:`gradatim.plots`, points in them, points there are in the range).

    ``wanted`` are a plot's metrics. A record's id is its place: figures hold no id of the application. Bounds of a time
    axis are hours since the run's first point, which stays, as that is where its clock starts.
    """
    names = [f"{name}*" if name.endswith("/") else name for name in wanted]
    counts = {run.pk: samples_of(run) for run in runs} if axis == "samples" else {}
    if axis in ("time", "clock", "samples"):
        found = read(runs, names, max_points=None)
        kept = {key: _within(read.points, axis, counts.get(key[0]), start, stop) for key, read in found.items()}
        lines = {key: (metrics.thin(points, POINTS), len(points)) for key, points in kept.items()}
    else:
        over = {run.pk for run in runs if not run.goes_on}
        found = read(runs, names, max_points=POINTS, x=axis, start=start, stop=stop, settled=over)
        lines = {key: (read.points, read.total) for key, read in found.items()}
    made, groups, events = [], group_names(runs), events_of(runs)
    for place, (run, name) in enumerate(zip(runs, names_apart(runs), strict=True)):
        own = {
            metric: _plain(points, counts.get(run_id))
            for (run_id, metric), (points, _) in lines.items()
            if run_id == run.pk
        }
        phases = [{"name": phase["name"], "start": phase["start"]} for phase in phases_of(run)]
        for phase in phases if counts.get(run.pk) else []:
            phase["samples"] = float(np.interp(phase["start"], *counts[run.pk]))
        made.append(
            {
                "id": str(place),
                "name": name,
                "group": groups[place],
                "series": own,
                "phases": phases,
                "shifts": shifts_of(run),
                "events": events.get(run.pk, []),
            }
        )
    return made, sum(len(points) for points, _ in lines.values()), sum(total for _, total in lines.values())


def _plain(points: Columns, counts: tuple | None = None) -> dict:
    made = {"tokens": points.tokens, "steps": points.steps, "time": points.times, "values": points.values}
    return made | ({"samples": np.interp(points.tokens, *counts)} if counts else {})


def _line(points: Columns | None) -> Line:
    if points is None:
        return Line(np.zeros(0, np.int64), np.zeros(0))
    sound = np.abs(points.values) <= LARGEST
    return Line(points.tokens[sound], points.values[sound])


def _within(points: Columns, axis: str, counts: tuple | None, start: float | None, stop: float | None) -> Columns:
    """The points between two bounds: hours since the first point, milliseconds of the clock, or samples."""
    if (start is None and stop is None) or not len(points):
        return points
    if axis == "samples":
        x = np.interp(points.tokens, *counts) if counts else points.tokens
    else:
        x = (points.times - points.times[0]) / 3600 if axis == "time" else points.times * 1000
    inside = (x >= (-np.inf if start is None else start)) & (x <= (np.inf if stop is None else stop))
    inside[0] |= axis == "time"
    return points.take(inside)
