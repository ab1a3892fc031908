"""What training on something new cost of what had been learned: the measures of continual evaluation, at each phase's end.

Each name (a domain, a suite) is a task. The series say in which phase each is learned, counted from 0; a name without one was
learned before the first phase, as in pre-training. Of a measure a (a loss counts as a = -loss, or as 1 / (1 + loss), so that higher is
always better) and a phase, a name is learned now in its own phase and finished in every later one; before, it is not looked at.

min_acc = mean over the finished names of their lowest a since their own phase ended; the value at that end does not count. null where
nothing is finished.

wc_acc, a lower bound of what the mean was at any time = the mean over all k names, of those learned now their last a, of the finished
ones that lowest a. acc = mean of the last a.

forg = mean over the finished names of a at the end of their own phase less the last a: below 0 where they went on getting better.
below_best = mean over them of their best a so far less the last.

wf and wp (windowed forgetting and plasticity) = mean over the names of the largest fall, and rise, of a between two evaluations that are
at most window - 1 apart, 0 where there is none; over all evaluations since the name was first learned, its learning included. The
window counts evaluations, so these figures compare only where the period between evaluations is the same: it stands beside them.

A phase ends where the next starts; a value measured exactly there is the last of the phase that ends. A value at or before the first
start belongs to the names that were learned before, and to those of the first phase.

Source: De Lange et al. 2023, Continual evaluation for lifelong learning: identifying the stability gap, arXiv 2205.13452; forgetting against the best so far: Chaudhry et al. 2018, arXiv 1801.10112
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from gradatim.diagnostics import _series, _windows
from gradatim.errors import UserError
from gradatim.params import param

title = "Continual evaluation"
version = 1


@dataclass(frozen=True, slots=True)
class Params:
    window: int = param(10, ge=2, help="How many evaluations in a row windowed forgetting and plasticity look at.")
    losses: Literal["negative", "inverse"] = param(
        "negative",
        help="What a loss counts as: minus itself, or 1 / (1 + loss), which can be averaged with accuracies.",
    )


def diagnose(series: dict, params: Params) -> dict:
    """``{"findings": [...]}``: one a phase start, in order.

    ``series`` is that of the stability gap, with ``learned``: {name: number of a phase, or null}, which may be left out.
    A finding has phase_start, until, learned_now, finished, min_acc, wc_acc, acc, forg, below_best, wf, wp, window, losses, period
    (least, median, most: tokens between evaluations; null for fewer than two), names and sentence. Of each of ``names``: name,
    learned_now, before (a at the phase's start, null where unknown), worst, worst_at (tokens since the phase's start), relative_depth
    (how far a fell below ``before`` within the phase, as a share of its size), last, forgotten, below_best, wf, wp; null where undefined.
    """
    checked = _series.parse(series)
    learned = _learned(series.get("learned"), checked)
    a = {name: _better_is_higher(checked, name, params) for name in checked.values}
    ends = [*checked.phase_starts[1:], np.inf]
    findings = []
    for phase, (start, end) in enumerate(zip(checked.phase_starts, ends, strict=True)):
        last = int(np.searchsorted(checked.tokens, end, "right")) - 1
        first = int(np.searchsorted(checked.tokens, start, "right"))
        seen = [name for name in a if learned[name] is None or learned[name] <= phase]
        measured = seen if first <= last else []
        names = [_of_name(checked, name, a[name], learned[name], phase, first, last, params) for name in measured]
        findings.append(_finding(checked, names, float(start), last, params))
    return {"findings": findings}


def _of_name(
    series: _series.Series,
    name: str,
    a: np.ndarray,
    learned: int | None,
    phase: int,
    first: int,
    last: int,
    params: Params,
) -> dict:
    """``first`` and ``last``: the phase's evaluations."""
    starts = series.phase_starts
    now = learned == phase
    # the last value at or before the end of its own phase; of a name that is learned now, before the phase's start
    ends = starts[phase] if now else starts[0 if learned is None else learned + 1]
    level = int(np.searchsorted(series.tokens, ends, "right")) - 1
    if level < 0 and not now:
        raise UserError(
            f"{name} was not measured at or before {_number(ends)} tokens, where its own phase ends: what it had learned is unknown.",
            field="learned",
        )
    since = 0 if learned is None else int(np.searchsorted(series.tokens, starts[learned], "right"))
    if learned == 0:  # the evaluation before the very first update belongs to the first task
        since = max(0, since - 1)
    own = a[min(since, last) : last + 1].tolist()
    before = a[first - 1] if first else None
    lowest = first if now else level + 1
    worst = lowest + int(np.argmin(a[lowest : last + 1])) if lowest <= last else None
    return {
        "name": name,
        "learned_now": now,
        "before": None if before is None else float(before),
        "worst": None if worst is None else float(a[worst]),
        "worst_at": None if worst is None else _number(series.tokens[worst] - starts[phase]),
        "relative_depth": _relative(before, a[first : last + 1]),
        "last": float(a[last]),
        "forgotten": None if now else float(a[level] - a[last]),
        "below_best": float(max(own) - a[last]),
        "wf": _windows.largest_fall(own, params.window),
        "wp": _windows.largest_rise(own, params.window),
    }


def _finding(series: _series.Series, names: list[dict], start: float, last: int, params: Params) -> dict:
    finished = [row for row in names if not row["learned_now"]]
    worst = [row["last"] if row["learned_now"] else row["worst"] for row in names]
    tokens = series.tokens[: last + 1]
    finding = {
        "phase_start": _number(start),
        "until": _number(series.tokens[last]) if names else None,
        "learned_now": [row["name"] for row in names if row["learned_now"]],
        "finished": [row["name"] for row in finished],
        "min_acc": _mean([row["worst"] for row in finished]),
        "wc_acc": _mean(worst),
        "acc": _mean([row["last"] for row in names]),
        "forg": _mean([row["forgotten"] for row in finished]),
        "below_best": _mean([row["below_best"] for row in finished]),
        "wf": _mean([row["wf"] for row in names]),
        "wp": _mean([row["wp"] for row in names]),
        "window": params.window,
        "losses": params.losses,
        "period": _period(tokens),
        "names": names,
    }
    return finding | {"sentence": _sentence(finding, set(series.better.values()) == {"lower"}, params)}


def _sentence(finding: dict, of_losses: bool, params: Params) -> str:
    if not finding["names"]:
        return "Nothing was measured in this phase."
    if not finding["finished"]:
        return "Nothing had been learned before this phase that could be forgotten in it."
    what = "The loss of what" if of_losses and params.losses == "negative" else "What"
    sign = -1 if what != "What" else 1
    forgot = finding["forg"]
    if abs(forgot) < 0.005:
        end = "where it had been before"
    else:
        bad, good = ("above", "below") if sign < 0 else ("below", "above")
        end = f"{abs(forgot):,.2f} {bad if forgot > 0 else good} where it had been before"
    text = f"{what} had been learned before was {sign * finding['min_acc']:,.2f} at worst and ended {end}"
    if period := finding["period"]:
        least, most = period["least"], period["most"]
        apart = f"{least:,.0f}" if least == most else f"{least:,.0f} to {most:,.0f}"
        text += f"; within {params.window} evaluations ({apart} tokens apart) a measure got worse, on average of all, by up to {finding['wf']:,.2f}"
    return f"{text}."


def _learned(given: Any, series: _series.Series) -> dict[str, int | None]:
    if given is None:
        given = {}
    if not isinstance(given, dict):
        raise UserError("Learned is a mapping of names to the number of a phase.", field="learned")
    if unknown := next((name for name in given if name not in series.values), None):
        raise UserError(f"There are no values of {unknown}, which is said to be learned.", field=f"learned.{unknown}")
    phases = len(series.phase_starts)
    for name, phase in given.items():
        whole = isinstance(phase, int) and not isinstance(phase, bool)
        if phase is not None and not (whole and 0 <= phase < phases):
            raise UserError(
                f"The phase in which {name} is learned is a number from 0 to {phases - 1}, or null where it was before.",
                field=f"learned.{name}",
            )
    return {name: given.get(name) for name in series.values}


def _better_is_higher(series: _series.Series, name: str, params: Params) -> np.ndarray:
    values = series.values[name]
    if series.better[name] == "higher":
        return values
    if params.losses == "negative":
        if "higher" in series.better.values():
            raise UserError(
                "Losses and accuracies have no mean in common: give them one after the other, or let losses count as 'inverse'.",
                field="losses",
            )
        return -values
    if (values <= -1).any():
        raise UserError(f"1 / (1 + loss) needs losses above -1; {name} has {values.min():g}.", field=f"values.{name}")
    return 1 / (1 + values)


def _relative(before: float | None, a: np.ndarray) -> float | None:
    if not before or not len(a):
        return None
    return float(max(0.0, before - a.min()) / abs(before))


def _period(tokens: np.ndarray) -> dict | None:
    if len(tokens) < 2:
        return None
    steps = np.diff(tokens)
    return {"least": _number(steps.min()), "median": _number(np.median(steps)), "most": _number(steps.max())}


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _number(value: float) -> int | float:
    return int(value) if float(value).is_integer() else float(value)
