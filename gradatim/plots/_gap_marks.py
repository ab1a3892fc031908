"""The stability gap on a curve: the level before each shift, the trough and the recovery, as traces of their own."""

import numpy as np

from gradatim.diagnostics import stability_gap
from gradatim.plots import _curves

#: (name, marker)
TROUGH, RECOVERY, LEVEL = ("trough", "triangle-up"), ("recovery", "circle-open"), ("level before", None)


def traces(record: dict, metric: str, curve: _curves.Curve, axis: str, tolerance: float) -> list[dict]:
    """Of a series of which lower is better; nothing for a shift that it has not reached, or before which it was not measured."""
    series = record["series"][metric]
    known = np.isfinite(_curves.along(record, series, axis)) & np.isfinite(np.asarray(series["values"], np.float64))
    tokens = np.asarray(series["tokens"], np.float64)[known]
    values = np.asarray(series["values"], np.float64)[known]
    x = curve.x[np.isfinite(curve.y)]
    starts = [start for start in record.get("shifts", []) if len(tokens) and tokens[0] <= start <= tokens[-1]]
    if not starts:
        return []
    document = {"tokens": tokens.tolist(), "values": {"m": values.tolist()}, "better": {"m": "lower"}}
    found = stability_gap.diagnose(document | {"phase_starts": starts}, stability_gap.Params(tolerance=tolerance))
    drawn = []
    for finding, end in zip(found["findings"], [*starts[1:], tokens[-1]], strict=True):
        start = finding["phase_start"]
        first = int(np.searchsorted(tokens, start, "right")) - 1
        last = int(np.searchsorted(tokens, end, "right")) - 1
        if finding["trough_at"] is None:
            continue
        level = [values[first]] * 2
        drawn.append(_level(curve, [x[first], x[last]], level))
        for (name, symbol), at in ((TROUGH, finding["trough_at"]), (RECOVERY, finding["recovery_at"])):
            if at is not None:
                here = int(np.searchsorted(tokens, start + at, "left"))
                drawn.append(_mark(curve, name, symbol, x[here], values[here]))
    return drawn


def once(marks: list[dict]) -> list[dict]:
    """The marks of several curves: a level that several share is drawn once."""
    kept, levels = [], set()
    for mark in marks:
        key = (*mark["x"], *mark["y"])
        if mark["name"] != LEVEL[0] or key not in levels:
            kept.append(mark)
        if mark["name"] == LEVEL[0]:
            levels.add(key)
    return kept


def _level(curve: _curves.Curve, x: list, y: list) -> dict:
    line = {"dash": "dot", "width": 1}
    return _trace(curve, LEVEL[0], np.asarray(x), np.asarray(y)) | {"mode": "lines", "line": line, "hoverinfo": "skip"}


def _mark(curve: _curves.Curve, name: str, symbol: str, x: float, y: float) -> dict:
    marker = {"symbol": symbol, "size": 13, "line": {"width": 2 if symbol.endswith("-open") else 0}}
    hover = f"{curve.name}: {name} at %{{y:,.4~f}}<extra></extra>"
    return _trace(curve, name, np.asarray([x]), np.asarray([y])) | {
        "mode": "markers",
        "marker": marker,
        "hovertemplate": hover,
    }


def _trace(curve: _curves.Curve, name: str, x: np.ndarray, y: np.ndarray) -> dict:
    place = {"x": _curves.numbers(x), "y": _curves.numbers(y)}
    # without a place in the legend, which on a phone would leave the curves none: the page says what the marks are
    return {
        "type": "scatter",
        "name": name,
        "legendgroup": name,
        "showlegend": False,
        "meta": {"color": curve.color},
        **place,
    }
