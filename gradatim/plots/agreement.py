"""How two score sets of the same samples agree: samples by percentile in one and in the other, and the middle line.

Of the first record, whose ``agreement`` is made by ``grid_of``. Agreement lies on the rising diagonal, on the falling
one where higher means the opposite (``sense`` -1).

Source: Spearman, C. (1904). The proof and measurement of association between two things. Am. J. Psychol. 15(1)
"""

from dataclasses import dataclass

import numpy as np

from gradatim import agreement
from gradatim.params import param
from gradatim.plots import _curves

title = "Agreement of two score sets"
version = 1
metrics = ()

#: The darkest colour stands for this quantile of the cells that hold samples: one crowded cell hides no other.
CROWDED = 0.99
#: At least this correlation, in size -> how it is said.
_STRENGTHS = ((0.9, "almost the same order"), (0.6, "much the same order"), (0.3, "partly the same order"))


@dataclass(frozen=True, slots=True)
class Params:
    middle: bool = param(True, help="Draw the median percentile of the second set along the first.")


def grid_of(one: np.ndarray, other: np.ndarray, *, names: tuple[str, str], sense: int) -> dict:
    """The record's JSON values from two columns of :func:`gradatim.agreement.percentiles`."""
    counts = agreement.density(one, other, agreement.side_of(len(one)))
    return {
        "names": list(names),
        "counts": counts.tolist(),
        "samples": len(one),
        "correlation": agreement.correlation(one, other),
        "sense": sense,
    }


def figure(runs: list[dict], params: Params) -> dict:
    found = _drawn(runs)
    if not found:
        return _curves.figure([], "Percentile", "Percentile")
    counts = np.array(found["counts"])
    edges, centres = _edges(len(counts))
    cells = {
        "type": "heatmap",
        "x": centres,
        "y": centres,
        "z": [[n or None for n in row] for row in counts.tolist()],
        "text": [
            [f"{a:g} to {b:g} %, {c:g} to {d:g} %: {n:,} samples" for (a, b), n in zip(edges, row, strict=True)]
            for (c, d), row in zip(edges, counts.tolist(), strict=True)
        ],
        "hovertemplate": "%{text}<extra></extra>",
        "zmin": 0,
        "zmax": max(1.0, float(np.quantile(counts[counts > 0], CROWDED))),
        "colorbar": {"title": {"text": "Samples"}, "thickness": 10},
        "meta": {"color": 0, "side": len(counts)},
    }
    data = [cells]
    if params.middle:
        line = _curves.Curve("Median", *_middle(counts), color=1, dash=0, markers=False)
        data.append({**_curves.trace(line), "hoverinfo": "skip"})
    x, y = (f"Percentile by {name}" for name in found["names"])
    drawn = _curves.figure(data, x, y, hovermode="closest", showlegend=False)
    for axis in ("xaxis", "yaxis"):
        drawn["layout"][axis] |= {"range": [0, 100], "showgrid": False}
    return drawn


def reading(runs: list[dict], params: Params) -> str:
    found = _drawn(runs)
    if not found:
        return "There are no samples that both have scored."
    one, other = found["names"]
    value = found["correlation"]
    if value is None:
        return f"{one} and {other} have no rank correlation: one of them puts the {found['samples']:,} samples in no order."
    words = next((words for bound, words in _STRENGTHS if abs(value) >= bound), "")
    if value < 0 and words:
        words = words.replace("the same order", "opposite orders")
    text = f"Rank correlation {_signed(value)} over {found['samples']:,} samples: {one} and {other} put them in "
    return text + (words or "orders that have little to do with each other") + _meant(found["sense"], value) + "."


def table(runs: list[dict], params: Params) -> dict:
    found = _drawn(runs)
    names = found["names"] if found else ["one", "the other"]
    columns = [f"{name}, {end} %" for name in names for end in ("from", "to")] + ["Samples"]
    if not found:
        return {"columns": columns, "rows": []}
    counts = np.array(found["counts"])
    edges, _ = _edges(len(counts))
    rows = [[*edges[column], *edges[row], int(counts[row, column])] for column, row in np.argwhere(counts.T > 0)]
    return {"columns": columns, "rows": rows}


def _drawn(runs: list[dict]) -> dict | None:
    return runs[0]["agreement"] if runs and runs[0]["agreement"]["samples"] else None


def _edges(side: int) -> tuple[list[tuple[float, float]], list[float]]:
    """(ends of the cells, their centres), in percentiles."""
    width = 100 / side
    return [(k * width, (k + 1) * width) for k in range(side)], [(k + 0.5) * width for k in range(side)]


def _middle(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where columns hold samples: their centres, and the centre of the cell in which the column's median lies."""
    totals = counts.sum(axis=0)
    rows = (np.cumsum(counts, axis=0) >= totals / 2).argmax(axis=0)
    centres = np.array(_edges(len(counts))[1])
    return centres[totals > 0], centres[rows[totals > 0]]


def _meant(sense: int, value: float) -> str:
    """Whether that is agreement, where both are about the same thing."""
    if not sense or abs(value) < _STRENGTHS[-1][0]:
        return ""
    agree = sense * value > 0
    if sense < 0:
        return ", which is agreement: they point in opposite directions" if agree else ", against what they mean"
    return "" if agree else ", though higher means the same of both"


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "\N{MINUS SIGN}")
