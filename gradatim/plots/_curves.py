"""What figures are made from and made of.

``runs``, the argument of every figure, is a list of records, one a run (or score set, or plan), in drawing order::

    {"id": "...", "name": "code alone",
     "series": {"train/loss": {"tokens": [...], "steps": [...], "time": [...], "values": [...]}},
     "phases": [{"name": "shift", "start": 0}, ...]}

``series`` holds those that the figure's ``metrics`` ask for (a name that ends with a slash asks for all below it),
as short as the page wants them; time is in seconds since the epoch, and ``samples`` may be there, too. ``phases`` starts
are in tokens (and may be in ``samples``, too); ``events`` may name what happened at a ``time`` or at a ``step``. Runs that
differ in their seed alone share the name ``group``. Some figures read other keys and say so.

``figure`` gives a plain plotly document. Colours are the page's: a trace carries ``meta.color``, the number of its
chart colour (and ``quiet`` where it is to be faint, ``band`` where its filling is); dashes and markers tell traces
apart without any. ``table`` holds every point of the figure, ``reading`` says in one sentence what it shows.
"""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

import numpy as np

Axis = Literal["tokens", "steps", "samples", "time", "clock"]
#: ``time`` is relative to the run's first point, ``clock`` the time of day.
AXES = {"tokens": "Tokens", "steps": "Steps", "samples": "Samples", "time": "Hours", "clock": "Time (UTC)"}
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
#: Below it floats know every whole number; readers of JSON refuse far larger ones as integers.
EXACT = 2**53
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "hexagon")


@dataclass(slots=True)
class Curve:
    """One line: its name in legend and table, and where it lies among the figure's colours, dashes and (``open``) markers."""

    name: str
    x: np.ndarray
    y: np.ndarray
    color: int = 0
    dash: int = 0
    markers: bool = False
    open: bool = False
    steps: np.ndarray | None = None
    meta: dict = field(default_factory=dict)


def steps(record: dict, metric: str, axis: str) -> np.ndarray:
    """The steps of :func:`points`."""
    series = record["series"][metric]
    return np.asarray(series["steps"])[np.isfinite(along(record, series, axis))]


def points(record: dict, metric: str, axis: str) -> tuple[np.ndarray, np.ndarray]:
    """(x, y) of a series, without points that are not finite in x; time becomes hours since the run's first point, clock milliseconds."""
    series = record["series"][metric]
    x, y = along(record, series, axis), np.asarray(series["values"], np.float64)
    known = np.isfinite(x)
    return x[known], y[known]


def along(record: dict, series: dict, axis: str) -> np.ndarray:
    """Where the points of one of the record's series lie on an axis; NaN where that is not known."""
    if axis == "samples" and "samples" not in series:
        return np.full(len(series["values"]), np.nan)
    x = np.asarray(series["time" if axis == "clock" else axis], np.float64)
    if axis == "clock":
        return np.round(x * 1000)
    if axis == "time" and len(x):
        return (x - min(s["time"][0] for s in record["series"].values() if len(s["time"]))) / 3600
    return x


def names_below(runs: list[dict], prefix: str, suffix: str = "") -> list[str]:
    """The parts of the metrics' names between ``prefix`` and ``suffix``, in order of first appearance."""
    found = {}
    for record in runs:
        for metric in record["series"]:
            if metric.startswith(prefix) and metric.endswith(suffix) and len(metric) > len(prefix) + len(suffix):
                found[metric[len(prefix) : len(metric) - len(suffix)]] = None
    return list(found)


def trace(curve: Curve) -> dict:
    line = {"dash": DASHES[curve.dash % len(DASHES)]}
    drawn = {
        "type": "scatter",
        "mode": "lines+markers" if curve.markers else "lines",
        "name": curve.name,
        "x": numbers(curve.x),
        "y": numbers(curve.y),
        "line": line,
        "meta": {"color": curve.color, **curve.meta},
    }
    if curve.steps is not None:
        drawn |= {"customdata": numbers(curve.steps), "hovertemplate": "%{y:,.4~f}, step %{customdata:,}"}
    if curve.markers:
        symbol = SYMBOLS[max(curve.color, curve.dash) % len(SYMBOLS)]
        drawn["marker"] = {"symbol": f"{symbol}-open" if curve.open else symbol, "size": 6}
    return drawn


def figure(data: list[dict], x: str, y: str, **layout) -> dict:
    axes = {"xaxis": {"title": {"text": x}}, "yaxis": {"title": {"text": y}}}
    if x == AXES["clock"]:
        axes["xaxis"] |= {"type": "date", "hoverformat": "%-d %b %H:%M:%S"}
    return {"data": data, "layout": {**axes, "hovermode": "x unified", "showlegend": len(data) > 1, **layout}}


#: As a share of the furthest place: nearer names would cover each other.
NAMES_APART = 0.02


def phase_lines(runs: list[dict], axis: str) -> dict:
    """Layout entries that mark where phases start (not at 0), and events: what several runs share is drawn once.

    Over hours every run has a place of its own for the same phase: there a name stands at its first line only. Over tokens the
    phases of several runs may start a few tokens apart: names that would cover each other stand together.
    """
    starts: dict[float, list[str]] = {}
    for record in runs:
        for phase in record.get("phases", []):
            place = phase.get(axis) or _place(record, axis, "tokens", phase["start"])
            if phase["start"] > 0 and place is not None:
                _add(starts, place, phase["name"])
    events: dict[float, list[str]] = {}
    for record in runs:
        for event in record.get("events", []):
            key = "time" if "time" in event else "steps"
            place = _place(record, axis, key, event.get("time", event.get("step")))
            if place is not None and place not in starts:
                _add(events, place, event["name"])
    shapes = [_line(place, "dot") for place in starts] + [_line(place, "dash") for place in events]
    apart = 0 if axis in ("time", "clock") else NAMES_APART * max([*starts, *events], default=0)
    named, notes = set(), []
    for place, names in _near([*starts.items(), *events.items()], apart):
        name = " / ".join(names)
        if axis in ("time", "clock") and name in named:
            continue
        named.add(name)
        notes.append({"x": place, "y": 1, "yref": "paper", "yanchor": "bottom", "text": name, "showarrow": False})
    return {"shapes": shapes, "annotations": notes} if shapes or axis == "tokens" else {}


def _add(places: dict[float, list[str]], place: float, name: str) -> None:
    names = places.setdefault(place, [])
    if name not in names:
        names.append(name)


def _near(places: list[tuple[float, list[str]]], apart: float) -> list[tuple[float, list[str]]]:
    """What lies within ``apart`` of the first of its kind, as one."""
    found: list[tuple[float, list[str]]] = []
    for place, names in places:
        together = next((own for first, own in found if abs(place - first) < apart), None)
        if together is None:
            found.append((place, list(names)))
        else:
            together.extend(name for name in names if name not in together)
    return found


def _line(place: float, dash: str) -> dict:
    return {"type": "line", "x0": place, "x1": place, "y0": 0, "y1": 1, "yref": "paper", "line": {"dash": dash}}


def _place(record: dict, axis: str, key: str, value: float) -> float | None:
    """Where on the axis a run was when ``key`` of its points came to ``value``; None where no series reaches it."""
    if axis == key:
        return value
    longest = max(record["series"].values(), key=lambda series: len(series["tokens"]), default=None)
    if longest is None or not len(longest["tokens"]):
        return None
    of, x = np.asarray(longest[key], np.float64), along(record, longest, axis)
    if not of[0] <= value <= of[-1] or not np.isfinite(x).all():
        return None
    return numbers(np.asarray([np.interp(value, of, x)]))[0]


def table(curves: list[Curve], axis_title: str) -> dict:
    """All points of all curves: one row per x, one column per curve, None where a curve has no point."""
    columns = [axis_title, *(curve.name for curve in curves)]
    if not curves:
        return {"columns": columns, "rows": []}
    grid = np.unique(np.concatenate([curve.x for curve in curves]))
    cells = np.full((len(grid), len(curves)), np.nan)
    for k, curve in enumerate(curves):
        cells[np.searchsorted(grid, curve.x), k] = curve.y
    first = [_clock(x) for x in grid] if axis_title == AXES["clock"] else numbers(grid)
    return {"columns": columns, "rows": [[x, *numbers(row)] for x, row in zip(first, cells, strict=True)]}


def _clock(milliseconds: float) -> str:
    return (
        datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")
    )


def numbers(values: np.ndarray) -> list[int | float | None]:
    """JSON numbers: whole ones as integers as far as floats count, None for what is not finite."""
    values = np.asarray(values, float)
    if np.isfinite(values).all():  # nearly always, and a chart has tens of thousands
        whole = values == np.floor(values)
        if not whole.any():
            return values.tolist()
        if whole.all() and (np.abs(values) < EXACT).all():
            return values.astype(np.int64).tolist()
    return [
        None if not math.isfinite(v) else int(v) if v.is_integer() and abs(v) < EXACT else v for v in values.tolist()
    ]


def last_finite(values: np.ndarray) -> float | None:
    finite = values[np.isfinite(values)]
    return float(finite[-1]) if len(finite) else None


def listed(parts: list[str]) -> str:
    """``a, b and c``"""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1] if parts else ""
