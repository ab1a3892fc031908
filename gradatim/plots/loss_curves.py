"""Training loss of one or more runs. Smoothing lays an average over the raw line, which stays visible.

Source: definition (mean token loss of each optimizer step, in nats)
"""

from dataclasses import dataclass

import numpy as np

from gradatim import series
from gradatim.params import param
from gradatim.plots import _curves, _seeds

title = "Training loss"
version = 1
metrics = ("train/loss",)


@dataclass(frozen=True, slots=True)
class Params:
    axis: _curves.Axis = param("tokens", help="What the curves are drawn over.")
    smoothing: float = param(
        0.0, ge=0, le=0.5, help="Time constant of the moving average, as a share of the drawn range; 0 is off."
    )
    phase_lines: bool = param(True, help="Mark where phases start, and events.")


def figure(runs: list[dict], params: Params) -> dict:
    data = []
    for raw, smoothed, steps in _drawn(runs, params):
        if smoothed is not None:
            raw.meta["quiet"] = True
        # By its step a point leads to the samples that its loss is of.
        raw.steps, raw.meta["leads"] = steps, True
        data.append(_curves.trace(raw))
        if smoothed is not None:
            data[-1]["showlegend"] = False
            data.append(_curves.trace(smoothed))
    lines = _curves.phase_lines(runs, params.axis) if params.phase_lines else {}
    return _curves.figure(data, _curves.AXES[params.axis], "Training loss (nats)", **lines)


def reading(runs: list[dict], params: Params) -> str:
    last = [(curve.color, curve.name, "", _curves.last_finite(curve.y)) for curve, _, _ in _drawn(runs, params)]
    last = [entry for entry in last if entry[-1] is not None]
    if not last:
        return "No training loss yet."
    if len(last) == 1:
        return f"The training loss of {last[0][1]} was last {last[0][-1]:.3f}."
    ends = _seeds.ends_of(runs, last)
    return f"The last training loss {_seeds.ranked(ends, verb='is', digits=3)}{_seeds.claimed(runs, ends)}."


def table(runs: list[dict], params: Params) -> dict:
    curves = [curve for *pair, _ in _drawn(runs, params) for curve in pair if curve is not None]
    return _curves.table(curves, _curves.AXES[params.axis])


def _drawn(runs: list[dict], params: Params) -> list[tuple[_curves.Curve, _curves.Curve | None, np.ndarray]]:
    """(raw, smoothed or None, the points' steps) of each run that has points."""
    pairs = []
    for k, record in enumerate(runs):
        if metrics[0] not in record["series"]:
            continue
        x, y = _curves.points(record, metrics[0], params.axis)
        steps = _curves.steps(record, metrics[0], params.axis)
        if not len(x):
            continue
        raw = _curves.Curve(record["name"], x, y, color=k, dash=k)
        smoothed = None
        if params.smoothing:
            level = series.smooth(x, y, params.smoothing * float(np.ptp(x)))
            smoothed = _curves.Curve(f"{record['name']}, smoothed", x, level, color=k, dash=k)
        pairs.append((raw, smoothed, steps))
    return pairs
