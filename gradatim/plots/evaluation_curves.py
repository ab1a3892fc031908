"""Held-out loss of each domain through training, of one or more runs laid over each other.

With several runs a colour is a run and a dash a domain; with one run a colour is a domain. Dotted lines mark where
phases start. Runs that differ in their seed alone can be drawn as their mean, with the range over the seeds as a band.
Open markers are averaged weights, where a run evaluates them beside its last ones. The loss of one domain can carry the marks of its stability gap: the level before, the trough, the recovery. For these a
record has ``shifts``, the tokens at which its diet changes.

Source: definition (mean token loss on the held-out samples of a domain, in nats, or bits per UTF-8 byte)
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gradatim.params import param
from gradatim.plots import _curves, _gap_marks, _seeds

title = "Evaluation loss"
version = 1
metrics = ("eval/", "eval_averaged/")
_UNITS = {
    "loss": "Evaluation loss (nats)",
    "bits_per_byte": "Bits per byte",
    "answer_loss": "Loss on answers (nats)",
    "accuracy": "Share answered rightly",
    "accuracy_normalised": "Share answered rightly, by byte",
    "exact_match": "Share answered rightly",
}


@dataclass(frozen=True, slots=True)
class Params:
    axis: _curves.Axis = param("tokens", help="What the curves are drawn over.")
    measure: Literal["loss", "bits_per_byte", "answer_loss", "accuracy", "accuracy_normalised", "exact_match"] = param(
        "loss",
        help="Loss in nats, bits per byte, the loss on the tokens of answers alone, or what a suite of questions measures.",
    )
    domain: str = param("", help="Draw this domain alone; empty: all.")
    seeds: Literal["each", "mean"] = param(
        "each", help="Each run by itself, or runs that differ in their seed alone as their mean with its range."
    )
    suite: str = param("heldout", help="The evaluation suite.")
    phase_lines: bool = param(True, help="Mark where phases start, and events.")
    gaps: bool = param(
        False,
        help="Mark level before, trough and recovery of each shift: of the loss of one domain, each run by itself.",
    )
    tolerance: float = param(
        0.0, ge=0, help="How far above the level before a loss may be and still count as recovered, in nats."
    )


def figure(runs: list[dict], params: Params) -> dict:
    data = []
    for drawn in _drawn(runs, params):
        data += [*_band(drawn), _curves.trace(drawn.curve)]
    data += _gap_marks.once(_marks(runs, params))
    lines = _curves.phase_lines(runs, params.axis) if params.phase_lines else {}
    return _curves.figure(data, _curves.AXES[params.axis], _UNITS[params.measure], **lines)


def reading(runs: list[dict], params: Params) -> str:
    by_domain: dict[str, list[tuple[str, float, float]]] = {}
    averaged: dict[str, float] = {}
    for drawn in _drawn(runs, params):
        last = _curves.last_finite(drawn.curve.y)
        if last is not None and drawn.averaged and len(runs) == 1:
            averaged[drawn.domain] = last
        elif last is not None:
            run = f"{drawn.run} with averaged weights" if drawn.averaged else drawn.run
            by_domain.setdefault(drawn.domain, []).append((run, _curves.last_finite(drawn.curve.y[::-1]), last))
    if not by_domain:
        return "No answer was evaluated." if params.measure == "answer_loss" else "No evaluation yet."
    parts = []
    for domain, entries in by_domain.items():
        if len(runs) == 1:
            _, first, last = entries[0]
            beside = f" ({averaged[domain]:.2f} with averaged weights)" if domain in averaged else ""
            parts.append(f"{domain} went from {first:.2f} to {last:.2f}{beside}")
            continue
        low, high = min(entries, key=lambda e: e[2]), max(entries, key=lambda e: e[2])
        verb = "ends" if _seeds.alone(runs) else "is"
        parts.append(f"{domain} {verb} lowest in {low[0]} ({low[2]:.2f}) and highest in {high[0]} ({high[2]:.2f})")
    joined = "; ".join(parts)
    if len(runs) == 1:
        return f"From the first to the last evaluation, {joined}."
    return f"At the last evaluation, {joined}{_seeds.alone(runs)}."


def table(runs: list[dict], params: Params) -> dict:
    curves = []
    for drawn in _drawn(runs, params):
        curve = drawn.curve
        curves.append(curve)
        for word, edge in (("lowest", drawn.low), ("highest", drawn.high)):
            if edge is not None:
                curves.append(_curves.Curve(f"{curve.name}, {word}", curve.x, edge))
    return _curves.table(curves, _curves.AXES[params.axis])


def _marks(runs: list[dict], params: Params) -> list[dict]:
    if not params.gaps or not params.domain or params.measure != "loss" or params.seeds != "each":
        return []
    metric = f"eval/{params.suite}/{params.domain}/loss"
    curves = [(runs[place], drawn.curve) for place, drawn in _each(runs, params) if not drawn.averaged]
    return [
        mark
        for record, curve in curves
        for mark in _gap_marks.traces(record, metric, curve, params.axis, params.tolerance)
    ]


@dataclass(slots=True)
class _Drawn:
    """A curve with the run (or group) and domain it is of; ``low`` and ``high`` are its range over several seeds."""

    run: str
    domain: str
    averaged: bool
    curve: _curves.Curve
    low: np.ndarray | None = None
    high: np.ndarray | None = None


def _drawn(runs: list[dict], params: Params) -> list[_Drawn]:
    """One for each run, or group of seeds, and domain that has points."""
    each = _each(runs, params)
    # Seeds measure at the same tokens and steps, hardly ever at the same time.
    if params.seeds == "each" or params.axis in ("time", "clock"):
        return [drawn for _, drawn in each]
    found = []
    for name, places in _seeds.groups(runs).items():
        own = [drawn for k, drawn in each if k in places]
        for kind in dict.fromkeys((drawn.domain, drawn.averaged) for drawn in own):
            members = [drawn for drawn in own if (drawn.domain, drawn.averaged) == kind]
            found.append(_mean(name, members) if len(members) > 1 else members[0])
    return found


def _mean(group: str, members: list[_Drawn]) -> _Drawn:
    """In the colour and dash of the first of them."""
    first = members[0]
    x, mean, low, high = _seeds.merged([(drawn.curve.x, drawn.curve.y) for drawn in members])
    name = f"{group}, mean of {len(members)} runs"
    label = first.curve.name.replace(first.run, name, 1)
    curve = _curves.Curve(label, x, mean, first.curve.color, first.curve.dash, markers=True, open=first.averaged)
    return _Drawn(name, first.domain, first.averaged, curve, low, high)


def _band(drawn: _Drawn) -> list[dict]:
    if drawn.low is None:
        return []
    meta = {"color": drawn.curve.color, "quiet": True, "band": True}
    edge = {"type": "scatter", "mode": "lines", "x": _curves.numbers(drawn.curve.x), "hoverinfo": "skip"}
    edge |= {"showlegend": False, "line": {"width": 0}, "meta": meta}
    low = {**edge, "name": f"{drawn.curve.name}, lowest", "y": _curves.numbers(drawn.low)}
    return [low, {**edge, "name": f"{drawn.curve.name}, highest", "y": _curves.numbers(drawn.high), "fill": "tonexty"}]


def _each(runs: list[dict], params: Params) -> list[tuple[int, _Drawn]]:
    """(place of the run, what is drawn) of each run and domain that has points."""
    suffix = f"/{params.measure}"
    domains = sorted(_curves.names_below(runs, f"eval/{params.suite}/", suffix))
    drawn = []
    for k, record in enumerate(runs):
        for d, domain in enumerate(domains):
            if params.domain not in ("", domain):
                continue
            name = f"{record['name']}: {domain}"
            if len(runs) == 1 or params.domain:
                name = domain if len(runs) == 1 else record["name"]
            # One domain of several runs: dashes are free to tell the runs apart.
            alone = params.domain and len(runs) > 1
            dash, color = k if alone else d, d if len(runs) == 1 else k
            for averaged, root in enumerate(("eval", "eval_averaged")):
                metric = f"{root}/{params.suite}/{domain}{suffix}"
                x, y = _curves.points(record, metric, params.axis) if metric in record["series"] else ((), ())
                if not len(x):
                    continue
                step = 1 if alone or len(runs) == 1 else len(domains)  # to a dash that nothing else of this colour has
                steps = _curves.steps(record, metric, params.axis)
                style = {
                    "steps": steps,
                    "color": color,
                    "dash": dash + averaged * step,
                    "markers": True,
                    "open": bool(averaged),
                }
                curve = _curves.Curve(f"{name}, averaged" if averaged else name, x, y, **style)
                drawn.append((k, _Drawn(record["name"], domain, bool(averaged), curve)))
    return drawn
