"""Held-out loss of each domain through training, of one or more runs laid over each other.

With several runs a colour is a run and a dash a domain; with one run a colour is a domain. Dotted lines mark where
phases start. Runs that differ in their seed alone can be drawn as their mean, with the range over the seeds as a band.
Open markers are averaged weights, where a run evaluates them beside its last ones. The loss of one domain can carry the marks of its stability gap: the level before, the trough, the recovery. For these a
record has ``shifts``, the tokens at which its diet changes.

Source: definition (mean token loss on the held-out samples of a domain, in nats, or bits per UTF-8 byte)
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from gradatim.params import param
from gradatim.plots import _curves, _gap_marks, _seeds

title = "Evaluation loss"
version = 1
metrics = ("eval/", "eval_averaged/")
#: A sentence about more domains than these is none that anybody reads.
SAID = 3
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
    same_range: bool = param(
        False, help="Give the vertical axis the range of all domains, so that panels of each compare."
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
    drawn = _curves.figure(data, _curves.AXES[params.axis], _UNITS[params.measure], **lines)
    if params.same_range and (span := _span(runs, params)):
        # Options of the range, and no range: whoever zooms finds back.
        drawn["layout"]["yaxis"]["autorangeoptions"] = {"minallowed": span[0], "maxallowed": span[1]}
    return drawn


def reading(runs: list[dict], params: Params) -> str:
    by_domain: dict[str, list[_Drawn]] = {}
    for drawn in _drawn(runs, params):
        if _curves.last_finite(drawn.curve.y) is not None:
            by_domain.setdefault(drawn.domain, []).append(drawn)
    if not by_domain:
        return "No answer was evaluated." if params.measure == "answer_loss" else "No evaluation yet."
    if len(runs) == 1:
        joined = "; ".join(_went(domain, drawn) for domain, drawn in by_domain.items())
        return f"From the first to the last evaluation, {joined}."
    ends = {domain: _ends(runs, drawn) for domain, drawn in by_domain.items()}
    verb = "ends" if _seeds.alone(runs) else "is"
    parts = [f"{domain} {_seeds.ranked(own, verb=verb, digits=2)}" for domain, own in ends.items()]
    if len(parts) > SAID:
        more = len(parts) - SAID + 1
        ends, parts = (
            dict(list(ends.items())[: SAID - 1]),
            [*parts[: SAID - 1], f"{more} more domains are in the table"],
        )
    joined = "; ".join(parts)
    return f"At the last evaluation, {joined}{_seeds.claimed(runs, *ends.values())}."


def _went(domain: str, drawn: list["_Drawn"]) -> str:
    """Of one run: its last weights, and its averaged ones beside them."""
    own = next((d for d in drawn if not d.averaged), drawn[0])
    first, last = _curves.last_finite(own.curve.y[::-1]), _curves.last_finite(own.curve.y)
    beside = [_curves.last_finite(d.curve.y) for d in drawn if d.averaged and d is not own]
    return f"{domain} went from {first:.2f} to {last:.2f}" + "".join(
        f" ({value:.2f} with averaged weights)" for value in beside
    )


def _ends(runs: list[dict], drawn: list["_Drawn"]) -> list[_seeds.End]:
    """Where each setting ended; a mean that is drawn is at its last point what its runs measured together."""
    means = [d for d in drawn if d.low is not None]
    found = [_seeds.End(_named(d), *map(_curves.last_finite, (d.curve.y, d.low, d.high)), d.runs) for d in means]
    lasts = [
        (d.place, d.run, _named(d).removeprefix(d.run), _curves.last_finite(d.curve.y)) for d in drawn if d.low is None
    ]
    return [*found, *_seeds.ends_of(runs, lasts)]


def _named(drawn: "_Drawn") -> str:
    return f"{drawn.run} with averaged weights" if drawn.averaged else drawn.run


def table(runs: list[dict], params: Params) -> dict:
    curves = []
    for drawn in _drawn(runs, params):
        curve = drawn.curve
        curves.append(curve)
        for word, edge in (("lowest", drawn.low), ("highest", drawn.high)):
            if edge is not None:
                curves.append(_curves.Curve(f"{curve.name}, {word}", curve.x, edge))
    return _curves.table(curves, _curves.AXES[params.axis])


def _span(runs: list[dict], params: Params) -> list[float] | None:
    """From the least to the largest value of all domains, with some room; none where nothing was measured."""
    parts = [part for d in _drawn(runs, replace(params, domain="")) for part in (d.curve.y, d.low, d.high)]
    values = np.concatenate([part for part in parts if part is not None] or [np.zeros(0)])
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    low, high = float(values.min()), float(values.max())
    room = (high - low) * 0.06 or 0.5
    return [low - room if low - room > 0 else low * 0.9, high + room]


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
    """A curve with the run (or group of ``runs``, at the ``place`` of its first) and domain it is of; ``low`` and ``high`` are its range
    over several seeds."""

    run: str
    domain: str
    averaged: bool
    curve: _curves.Curve
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    place: int = 0
    runs: int = 1


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
    return _Drawn(name, first.domain, first.averaged, curve, low, high, first.place, len(members))


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
                drawn.append((k, _Drawn(record["name"], domain, bool(averaged), curve, place=k)))
    return drawn
