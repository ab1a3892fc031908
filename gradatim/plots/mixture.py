"""What a run was meant to consume and what it did: each stream's share of the tokens, planned and consumed.

Dashed lines are planned, solid ones consumed. Stacked, the planned shares (or the consumed ones, where nothing else
is known) fill the figure.

Source: definition
"""

from dataclasses import dataclass
from typing import Literal

from gradatim.params import param
from gradatim.plots import _curves

title = "Mixture"
version = 1
metrics = ("weights/planned/", "weights/consumed/")
_SIDES = ("planned", "consumed")


@dataclass(frozen=True, slots=True)
class Params:
    axis: _curves.Axis = param("tokens", help="What the shares are drawn over.")
    view: Literal["lines", "stacked"] = param("lines", help="Lines compare planned and consumed; stacked shows one.")


def record_of_plan(id: str, name: str, phases: list[dict], shares: dict) -> dict:
    """The record of a plan that no run has consumed yet: ``phases`` as in its manifest, ``shares`` of ``Plan.shares``."""
    series = {}
    tokens = shares["tokens"]
    for stream, values in shares["streams"].items():
        series[f"weights/consumed/{stream}"] = _over(tokens, values)
    starts, start = [], 0
    for phase in phases:
        starts.append({"name": phase["name"], "start": start})
        start += phase["planned_tokens"]
    for k, phase in enumerate(phases):
        begin = starts[k]["start"]
        parts = phase.get("planned") or [phase["weights"]]
        part_of = [_part(t - begin, phase, len(parts)) for t in tokens]
        for stream in phase["weights"]:
            values = [0.0 if part is None else parts[part][stream] for part in part_of]
            series[f"weights/planned/{phase['name']}/{stream}"] = _over(tokens, values)
    return {"id": id, "name": name, "series": series, "phases": starts}


def _part(into: int, phase: dict, parts: int) -> int | None:
    """In which of the equal parts of its budget a phase is after so many tokens of it; None: not in this phase."""
    if not 0 < into <= phase["planned_tokens"]:
        return None
    return min(parts - 1, (into - 1) * parts // phase["budget_tokens"]) if parts > 1 else 0


def figure(runs: list[dict], params: Params) -> dict:
    data = []
    for k, curve, side in _drawn(runs, params):
        drawn = _curves.trace(curve)
        if params.view == "stacked":
            drawn |= {"stackgroup": f"run-{k}", "line": {**drawn["line"], "shape": "hv", "dash": "solid"}}
        elif side == "planned":
            drawn["line"]["shape"] = "hv"
        data.append(drawn)
    lines = _curves.phase_lines(runs, params.axis)
    y = {"title": {"text": "Share of tokens"}, "range": [-0.02, 1.02], "tickformat": ".0%"}
    return _curves.figure(data, _curves.AXES[params.axis], "", yaxis=y, **lines)


def reading(runs: list[dict], params: Params) -> str:
    parts = []
    for record in runs:
        streams = _curves.names_below([record], metrics[1])
        for stream in streams:
            consumed = _curves.last_finite(_curves.points(record, metrics[1] + stream, params.axis)[1])
            planned = None
            if metrics[0] + stream in record["series"]:
                planned = _curves.last_finite(_curves.points(record, metrics[0] + stream, params.axis)[1])
            if consumed is None:
                continue
            who = stream if len(runs) == 1 else f"{record['name']}: {stream}"
            parts.append(f"{who} {consumed:.1%}" + (f" (planned {planned:.1%})" if planned is not None else ""))
    return f"Last consumed: {_curves.listed(parts)}." if parts else "Nothing was consumed yet."


def table(runs: list[dict], params: Params) -> dict:
    return _curves.table([curve for _, curve, _ in _drawn(runs, params)], _curves.AXES[params.axis])


def _drawn(runs: list[dict], params: Params) -> list[tuple[int, _curves.Curve, str]]:
    """(run, curve, planned or consumed) of all that is drawn; a colour is a stream of a run."""
    streams = list(dict.fromkeys(s for side in _SIDES for s in _curves.names_below(runs, f"weights/{side}/")))
    drawn = []
    for k, record in enumerate(runs):
        sides = _SIDES
        if params.view == "stacked":
            sides = _SIDES[:1] if _curves.names_below([record], metrics[0]) else _SIDES[1:]
        for side in sides:
            for s, stream in enumerate(streams):
                metric = f"weights/{side}/{stream}"
                if metric not in record["series"]:
                    continue
                x, y = _curves.points(record, metric, params.axis)
                name = f"{stream}, {side}" if len(runs) == 1 else f"{record['name']}: {stream}, {side}"
                curve = _curves.Curve(
                    name, x, y, color=k * len(streams) + s, dash=int(side == "planned"), markers=side == "consumed"
                )
                if len(x):
                    drawn.append((k, curve, side))
    return drawn


def _over(tokens: list, values: list) -> dict:
    return {"tokens": tokens, "steps": list(range(len(tokens))), "time": [0.0] * len(tokens), "values": values}
