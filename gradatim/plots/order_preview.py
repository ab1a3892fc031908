"""Where in the order the high and the low scores come: score percentile against position.

The order is cut into stretches; the band runs from the lowest to the highest percentile of each, the line through
their means. Each record holds an ``order`` made by ``bands_of``.

Source: definition
"""

from dataclasses import dataclass

import numpy as np

from gradatim import series
from gradatim.params import param
from gradatim.plots import _curves

title = "Order preview"
version = 1
metrics = ()

#: Orders that are told one by one; of more, the ends of all of them are told together.
TOLD = 3


@dataclass(frozen=True, slots=True)
class Params:
    band: bool = param(True, help="Draw the range of percentiles in each stretch beside their mean.")


def bands_of(scores: np.ndarray, points: int = 500) -> dict:
    """JSON values from ``scores`` (n,) in the order in which they are consumed: ``position`` (the middle of at most
    ``points`` stretches, as a share of the order), ``low``, ``high``, ``mean`` (percentiles), ``samples`` (n)."""
    found = series.bands(series.percentiles(np.asarray(scores)), points)
    n = max(len(scores), 1)
    return {
        "samples": len(scores),
        "position": ((found["start"] + found["stop"]) / 2 / n).tolist(),
        **{name: np.round(found[name], 3).tolist() for name in ("low", "high", "mean")},
    }


def figure(runs: list[dict], params: Params) -> dict:
    data = []
    for k, record in enumerate(runs):
        order = record["order"]
        if not order["samples"]:
            continue
        if params.band:
            edge = {"type": "scatter", "mode": "lines", "x": order["position"], "hoverinfo": "skip"}
            edge |= {"showlegend": False, "line": {"width": 0}, "meta": {"color": k, "quiet": True, "band": True}}
            data.append({**edge, "name": f"{record['name']}, lowest", "y": order["low"]})
            data.append({**edge, "name": f"{record['name']}, highest", "y": order["high"], "fill": "tonexty"})
        mean = _curves.Curve(record["name"], np.asarray(order["position"]), np.asarray(order["mean"]), k, k)
        data.append(_curves.trace(mean))
    x = {"title": {"text": "Position in the order"}, "tickformat": ".0%", "range": [0, 1]}
    y = {"title": {"text": "Score percentile"}, "range": [0, 100]}
    return _curves.figure(data, "", "", xaxis=x, yaxis=y, showlegend=len(runs) > 1)


def reading(runs: list[dict], params: Params) -> str:
    ends = []
    for record in runs:
        mean = np.asarray(record["order"]["mean"])
        if not len(mean):
            continue
        tenth = max(1, len(mean) // 10)
        ends.append((record["name"], round(mean[:tenth].mean()), round(mean[-tenth:].mean())))
    if len(ends) > TOLD:
        first, last = ([end[k] for end in ends] for k in (1, 2))
        return (
            f"{len(ends)} orders: they begin at a mean score percentile {_between(first)} (first tenth) "
            f"and end at one {_between(last)} (last tenth)."
        )
    parts = [
        f"{name} begins at a mean score percentile of {first} (first tenth) and ends at {last} (last tenth)"
        for name, first, last in ends
    ]
    return "; ".join(parts) + "." if parts else "There is no order to draw."


def _between(values: list[int]) -> str:
    low, high = min(values), max(values)
    return f"of {low}" if low == high else f"between {low} and {high}"


def table(runs: list[dict], params: Params) -> dict:
    rows = []
    for record in runs:
        order = record["order"]
        cells = zip(order["position"], order["low"], order["mean"], order["high"], strict=True)
        rows += [[record["name"], *row] for row in cells]
    return {
        "columns": ["Order", "Position", "Lowest percentile", "Mean percentile", "Highest percentile"],
        "rows": rows,
    }
