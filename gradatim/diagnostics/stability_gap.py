"""What a shift to new data cost, and whether it was made up for: the stability gap after each phase start.

At the start of continual training a measure often falls before it rises again. Of a measure a (a loss counts as
a = -loss, so that higher is always better), with a_0 the level before and a_1 ... a_m the values of the phase at tau_1 ...
tau_m tokens since its start (tau_0 = 0):

gap_depth = a_0 - min a; trough_at = tau of that minimum, the first of equal ones; null where nothing fell below a_0.

recovery_at = the first tau after the trough with a >= a_0 - tolerance; null where that is not within the series.

gap_area = sum over i of max(0, a_0 - (a_i + a_(i+1)) / 2) * (tau_(i+1) - tau_i), divided by tau_m.

net_gain = a_m - a_0; peak_gain = max a - a_0 and peak_at = tau of that maximum, the first of equal ones: 0 and 0 where
nothing rose above a_0.

The level before is the last value at or before the phase's start, and counts at the start itself. A phase ends where
the next starts; a value measured exactly there came before the next phase's first update, so it is the last of the
phase that ends and the level before of the next. Measure often right after the shift: few evaluations hide the gap.

Source: the phenomenon: Guo et al. 2024, Efficient Continual Pre-training by Mitigating the Stability Gap, arXiv 2406.14833; the figures: definitions of this project
"""

from dataclasses import dataclass

import numpy as np

from gradatim.diagnostics import _series
from gradatim.errors import UserError
from gradatim.params import param

title = "Stability gap"
version = 1


@dataclass(frozen=True, slots=True)
class Params:
    tolerance: float = param(
        0.0, ge=0, help="How far below the level before a value may be and still count as recovered, in its own unit."
    )


def diagnose(series: dict, params: Params) -> dict:
    """``{"findings": [...]}``: for every name of ``series["values"]``, in order, one finding a phase start, in order.

    ``series``: ``{"tokens": [...], "values": {name: [...]}, "better": {name: "lower"|"higher"}, "phase_starts": [...]}``.
    A finding has name, phase_start, gap_depth, trough_at, recovery_at, gap_area, net_gain, peak_gain, peak_at, sentence.
    """
    checked = _series.parse(series)
    findings = []
    for name in checked.values:
        for k, start in enumerate(checked.phase_starts):
            end = checked.phase_starts[k + 1] if k + 1 < len(checked.phase_starts) else np.inf
            findings.append(_finding(checked, name, float(start), float(end), k, params.tolerance))
    return {"findings": findings}


def _finding(series: _series.Series, name: str, start: float, end: float, phase: int, tolerance: float) -> dict:
    first = int(np.searchsorted(series.tokens, start, "right"))
    stop = int(np.searchsorted(series.tokens, end, "right"))
    if not first:
        raise UserError(
            f"{name} was not measured at or before {_tokens(start)} tokens, where a phase starts: the level before is unknown.",
            field=f"phase_starts.{phase}",
        )
    sign = -1.0 if series.better[name] == "lower" else 1.0
    values = series.values[name][first - 1 : stop]
    a = sign * values
    tau = series.tokens[first - 1 : stop] - start
    tau[0] = 0.0
    trough, peak = int(np.argmin(a)), int(np.argmax(a))
    later = np.flatnonzero((tau > tau[trough]) & (a >= a[0] - tolerance))
    recovery = int(later[0]) if trough and len(later) else None
    middle = (a[1:] + a[:-1]) / 2
    area = float(np.sum(np.maximum(0.0, a[0] - middle) * np.diff(tau)))
    finding = {
        "name": name,
        "phase_start": _number(start),
        "gap_depth": float(a[0] - a[trough]),
        "trough_at": _number(tau[trough]) if trough else None,
        "recovery_at": None if recovery is None else _number(tau[recovery]),
        "gap_area": area / float(tau[-1]) if tau[-1] else 0.0,
        "net_gain": float(a[-1] - a[0]),
        "peak_gain": float(a[peak] - a[0]),
        "peak_at": _number(tau[peak]),
    }
    return finding | {"sentence": _sentence(finding, values, trough, peak, sign, tolerance)}


def _sentence(finding: dict, values: np.ndarray, trough: int, peak: int, sign: float, tolerance: float) -> str:
    """The finding in plain words, with the measure's own numbers (a loss as a loss)."""
    name, before, last = finding["name"], values[0], values[-1]
    if len(values) == 1:
        return f"{name} was {_value(before)} before the shift and was not measured after it."
    worse, better, bound = ("rose", "fell", "above") if sign < 0 else ("fell", "rose", "below")
    if not trough and not peak:
        return f"{name} stayed at {_value(before)} after the shift."
    if not trough:
        shown, best = _pair(before, values[peak])
        return f"{name} was never {bound} {shown} after the shift and {better} to {best} at best."
    shown, worst = _pair(before, values[trough])
    text = f"{name} {worse} from {shown} to {worst} {_tokens(finding['trough_at'])} tokens after the shift"
    if trough == len(values) - 1:
        return f"{text}, where the series ends: it was not back within the series."
    if finding["recovery_at"] is None:
        text += ", was not back within the series"
    else:
        within = f" (within {tolerance:g})" if tolerance else ""
        text += f", was back{within} {_tokens(finding['recovery_at'])} tokens after it"
    return f"{text}, and ended at {_pair(before, last)[1]}."


def _pair(before: float, after: float) -> tuple[str, str]:
    """Both values, the second with the difference, with as many decimals as show a small difference (2 to 6)."""
    difference = after - before
    digits = min(6, max(2, 1 - int(np.floor(np.log10(abs(difference)))))) if difference else 2
    return f"{before:,.{digits}f}", f"{after:,.{digits}f} ({difference:+,.{digits}f})"


def _value(value: float) -> str:
    return f"{value:,.2f}"


def _tokens(tokens: float) -> str:
    """A count of tokens in words: 850, 24.6k, 1.2M, 3.4B."""
    for limit, unit in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(tokens) >= limit:
            return f"{tokens / limit:.1f}{unit}"
    return f"{tokens:g}"


def _number(value: float) -> int | float:
    """A whole number of tokens as an integer, as it came in."""
    return int(value) if float(value).is_integer() else float(value)
