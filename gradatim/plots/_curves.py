"""What figures are made from and made of.

``runs``, the argument of every figure, is a list of records, one a run (or score set, or plan), in drawing order::

    {"id": "...", "name": "code alone",
     "series": {"train/loss": {"tokens": [...], "steps": [...], "time": [...], "values": [...]}},
     "phases": [{"name": "shift", "start": 0}, ...]}

``series`` holds those that the figure's ``metrics`` ask for (a name that ends with a slash asks for all below it),
as short as the page wants them; time is in seconds since the epoch. ``phases`` starts are in tokens. Runs that
differ in their seed alone share the name ``group``. Some figures read other keys and say so.

``figure`` gives a plain plotly document. Colours are the page's: a trace carries ``meta.color``, the number of its
chart colour (and ``quiet`` where it is to be faint, ``band`` where its filling is); dashes and markers tell traces
apart without any. ``table`` holds every point of the figure, ``reading`` says in one sentence what it shows.
"""

import math
from dataclasses import dataclass, field

import numpy as np

AXES = {"tokens": "Tokens", "steps": "Steps", "time": "Hours"}
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
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
    meta: dict = field(default_factory=dict)


def steps(record: dict, metric: str, axis: str) -> np.ndarray:
    """The steps of :func:`points`."""
    series = record["series"][metric]
    return np.asarray(series["steps"])[np.isfinite(np.asarray(series[axis], np.float64))]


def points(record: dict, metric: str, axis: str) -> tuple[np.ndarray, np.ndarray]:
    """(x, y) of a series, without points that are not finite in x; time becomes hours since the run's first point."""
    series = record["series"][metric]
    x, y = np.asarray(series[axis], np.float64), np.asarray(series["values"], np.float64)
    if axis == "time" and len(x):
        x = (x - min(s["time"][0] for s in record["series"].values() if len(s["time"]))) / 3600
    known = np.isfinite(x)
    return x[known], y[known]


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
    if curve.markers:
        symbol = SYMBOLS[max(curve.color, curve.dash) % len(SYMBOLS)]
        drawn["marker"] = {"symbol": f"{symbol}-open" if curve.open else symbol, "size": 6}
    return drawn


def figure(data: list[dict], x: str, y: str, **layout) -> dict:
    axes = {"xaxis": {"title": {"text": x}}, "yaxis": {"title": {"text": y}}}
    return {"data": data, "layout": {**axes, "hovermode": "x unified", "showlegend": len(data) > 1, **layout}}


def phase_lines(runs: list[dict], axis: str) -> dict:
    """Layout entries that mark where phases start (not at 0): the same start of several runs is drawn once."""
    if axis != "tokens":
        return {}
    starts = {}
    for record in runs:
        for phase in record.get("phases", []):
            if phase["start"] > 0:
                starts.setdefault(phase["start"], phase["name"])
    shapes = [
        {"type": "line", "x0": start, "x1": start, "y0": 0, "y1": 1, "yref": "paper", "line": {"dash": "dot"}}
        for start in starts
    ]
    notes = [
        {"x": start, "y": 1, "yref": "paper", "yanchor": "bottom", "text": name, "showarrow": False}
        for start, name in starts.items()
    ]
    return {"shapes": shapes, "annotations": notes}


def table(curves: list[Curve], axis_title: str) -> dict:
    """All points of all curves: one row per x, one column per curve, None where a curve has no point."""
    columns = [axis_title, *(curve.name for curve in curves)]
    if not curves:
        return {"columns": columns, "rows": []}
    grid = np.unique(np.concatenate([curve.x for curve in curves]))
    cells = np.full((len(grid), len(curves)), np.nan)
    for k, curve in enumerate(curves):
        cells[np.searchsorted(grid, curve.x), k] = curve.y
    return {"columns": columns, "rows": [[x, *numbers(row)] for x, row in zip(numbers(grid), cells, strict=True)]}


def numbers(values: np.ndarray) -> list[int | float | None]:
    """JSON numbers: whole ones as integers, None for what is not finite."""
    return [
        None if not math.isfinite(v) else int(v) if v.is_integer() else v for v in np.asarray(values, float).tolist()
    ]


def last_finite(values: np.ndarray) -> float | None:
    finite = values[np.isfinite(values)]
    return float(finite[-1]) if len(finite) else None


def listed(parts: list[str]) -> str:
    """``a, b and c``"""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1] if parts else ""
