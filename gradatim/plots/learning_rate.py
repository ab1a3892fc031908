"""Learning rate of one or more runs at each optimizer step.

Source: definition
"""

from dataclasses import dataclass

from gradatim.params import param
from gradatim.plots import _curves

title = "Learning rate"
version = 1
metrics = ("train/lr",)


@dataclass(frozen=True, slots=True)
class Params:
    axis: _curves.Axis = param("tokens", help="What the curves are drawn over.")
    phase_lines: bool = param(True, help="Mark where phases start, and events.")


def figure(runs: list[dict], params: Params) -> dict:
    lines = _curves.phase_lines(runs, params.axis) if params.phase_lines else {}
    data = [_curves.trace(curve) for curve in _drawn(runs, params)]
    return _curves.figure(data, _curves.AXES[params.axis], "Learning rate", **lines)


def reading(runs: list[dict], params: Params) -> str:
    curves = _drawn(runs, params)
    if not curves:
        return "No learning rate yet."
    reached: dict[str, list[str]] = {}
    for curve in curves:
        reached.setdefault(f"{curve.y.max():.2g}", []).append(curve.name)
    if len(reached) == 1 and len(curves) > 1:
        return f"The learning rate reached {next(iter(reached))} in each of {len(curves)} runs."
    parts = [f"{most} in {_curves.listed(names)}" for most, names in reached.items()]
    return f"The learning rate reached {'; '.join(parts)}."


def table(runs: list[dict], params: Params) -> dict:
    return _curves.table(_drawn(runs, params), _curves.AXES[params.axis])


def _drawn(runs: list[dict], params: Params) -> list[_curves.Curve]:
    curves = []
    for k, record in enumerate(runs):
        if metrics[0] in record["series"]:
            x, y = _curves.points(record, metrics[0], params.axis)
            if len(x):
                steps = _curves.steps(record, metrics[0], params.axis)
                curves.append(_curves.Curve(record["name"], x, y, color=k, dash=k, steps=steps))
    return curves
