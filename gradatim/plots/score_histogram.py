"""How a score is distributed: 64 bars between its lowest and highest values, long tails cut off and counted.

Each record holds a ``histogram`` made by ``bins``; several score sets are drawn as outlines, as shares of their samples.

Source: definition
"""

from dataclasses import dataclass

import numpy as np

from gradatim.params import param
from gradatim.plots import _curves

title = "Score histogram"
version = 1
metrics = ()

#: A tail is cut off at this quantile (and one minus it) where it would stretch the figure beyond twice the rest.
TAIL = 0.005


@dataclass(frozen=True, slots=True)
class Params:
    logarithmic: bool = param(False, help="Draw the counts on a logarithmic axis.")


def bins(scores: np.ndarray, count: int = 64) -> dict:
    """JSON values: ``edges`` (count + 1), ``counts`` (count), the samples ``below`` and ``above`` the edges, ``median``.

    The edges run from the minimum to the maximum, but each end stops at the 0.5 % quantile where the tail beyond it
    is longer than the range between the two quantiles. Of finite scores only.
    """
    scores = np.asarray(scores, np.float64)
    scores = scores[np.isfinite(scores)]
    if not len(scores):
        return {"edges": [], "counts": [], "below": 0, "above": 0, "median": None}
    low, high = float(scores.min()), float(scores.max())
    inner_low, inner_high = np.quantile(scores, [TAIL, 1 - TAIL]).tolist()
    reach = inner_high - inner_low
    if reach > 0:
        low = inner_low if inner_low - low > reach else low
        high = inner_high if high - inner_high > reach else high
    elif low == high:
        low, high = low - 0.5, high + 0.5
    counts, edges = np.histogram(scores, bins=count, range=(low, high))
    return {
        "edges": edges.tolist(),
        "counts": counts.tolist(),
        "below": int(np.count_nonzero(scores < low)),
        "above": int(np.count_nonzero(scores > high)),
        "median": float(np.median(scores)),
    }


def figure(runs: list[dict], params: Params) -> dict:
    data = []
    drawn = [(k, record) for k, record in enumerate(runs) if record["histogram"]["counts"]]
    for k, record in drawn:
        edges, heights = _heights(record, len(drawn))
        if len(drawn) == 1:
            trace = {"type": "bar", "x": ((edges[1:] + edges[:-1]) / 2).tolist(), "y": _curves.numbers(heights)}
            trace |= {"width": np.diff(edges).tolist(), "name": record["name"], "meta": {"color": k}}
        else:
            curve = _curves.Curve(record["name"], edges, np.append(heights, heights[-1]), k, k)
            trace = _curves.trace(curve)
            trace["line"]["shape"] = "hv"
        data.append(trace)
    y = "Samples" if len(drawn) <= 1 else "Share of samples"
    more = {"yaxis": {"title": {"text": y}, "type": "log"}} if params.logarithmic else {}
    return _curves.figure(data, "Score", y, bargap=0, hovermode="closest", **more)


def reading(runs: list[dict], params: Params) -> str:
    parts = []
    for record in runs:
        found = record["histogram"]
        inside = sum(found["counts"])
        total = inside + found["below"] + found["above"]
        if not total:
            continue
        text = f"half of the {total:,} scores of {record['name']} are at or below {found['median']:,.4g}"
        if beyond := found["below"] + found["above"]:
            text += f" ({beyond:,} lie beyond the drawn range)"
        parts.append(text)
    sentence = "; ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}." if parts else "There are no scores to draw."


def table(runs: list[dict], params: Params) -> dict:
    rows = []
    for record in runs:
        found = record["histogram"]
        if not found["counts"]:
            continue
        edges = found["edges"]
        if found["below"]:
            rows.append([record["name"], None, edges[0], found["below"]])
        rows += [[record["name"], a, b, n] for a, b, n in zip(edges, edges[1:], found["counts"], strict=False)]
        if found["above"]:
            rows.append([record["name"], edges[-1], None, found["above"]])
    return {"columns": ["Score set", "From", "To", "Samples"], "rows": rows}


def _heights(record: dict, drawn: int) -> tuple[np.ndarray, np.ndarray]:
    found = record["histogram"]
    counts = np.asarray(found["counts"], np.float64)
    total = counts.sum() + found["below"] + found["above"]
    return np.asarray(found["edges"]), counts if drawn == 1 else counts / total
