"""Buttons of the form for runs that fill in several fields at once: ends of the learning rate, and the published averages of weights."""

import math

from apps.runs import guard_rails
from gradatim import averaging
from gradatim.schedules import steps_of


def fill(data, asked: str, phases: list[dict]) -> str:
    """Fill in what ``asked`` names, an action and a phase's number such as ``gentle:0``: the field to look at next, empty for none.

    ``gentle`` lets the rate of a phase end at a third of its peak, ``constant`` keeps it at its peak; ``cma`` and ``cdma`` do one
    and the other and average the last weights. A phase that goes on with the one before is the business of that one.
    """
    action, _, phase = asked.partition(":")
    while phase.isdecimal() and int(phase) and data.get(f"schedules.{phase}.start") == "continued":
        phase = str(int(phase) - 1)
    rate = {"gentle": _gentle, "cdma": _gentle, "constant": _constant, "cma": _constant}.get(action)
    filled = rate(data, phase) if rate else ""
    return _average(data, phases) if filled and action in ("cma", "cdma") else filled


def _gentle(data, phase: str) -> str:
    floor, shape, peak = f"schedules.{phase}.floor", f"schedules.{phase}.shape", _peak(data, phase)
    if not 0 < peak < math.inf:
        return ""
    if data.get(shape) == "constant":
        data[shape] = "cosine"
    data[floor] = f"{guard_rails.gentle_floor(peak):g}"
    return floor


def _constant(data, phase: str) -> str:
    shape = f"schedules.{phase}.shape"
    if math.isnan(_peak(data, phase)):
        return ""
    data[shape] = "constant"
    return shape


def _average(data, phases: list[dict]) -> str:
    """Of the end of the last phase, as long as the rows and the context that are typed make it."""
    try:
        size = max(1, int(data.get("batch_size", "")) * int(data.get("context", "")))
    except ValueError:
        return ""
    spec = averaging.published(steps_of(phases[-1]["tokens"], size))
    data.update({f"averaging.{name}": str(value) for name, value in spec.model_dump().items()})
    return "averaging.method"


def _peak(data, phase: str) -> float:
    try:
        return float(data.get(f"schedules.{phase}.peak", ""))
    except ValueError:
        return math.nan
