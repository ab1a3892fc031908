"""The signature of a stability gap in continual pre-training: the loss falls while the task suffers.

Perplexity on the new domain falls from the first tokens on, and yet the model does worse at that domain's tasks than before it saw them.
Of a loss l and an accuracy a, with l_0 and a_0 before the phase: the signature shows at an evaluation where l < l_0 and a < a_0 -
tolerance at once. first_at and last_at are the first and last such evaluation, in tokens since the phase's start; evaluations is how
many there are, of measured ones in the phase.

The level before is the last value at or before the phase's start; a phase ends where the next starts, as for the stability gap.

Source: Guo et al. 2024, Efficient Continual Pre-training by Mitigating the Stability Gap, arXiv 2406.14833; the rule that finds it: a definition of this project
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from gradatim.diagnostics import _series
from gradatim.errors import UserError
from gradatim.params import param

title = "Loss falls, task suffers"
version = 1


@dataclass(frozen=True, slots=True)
class Params:
    tolerance: float = param(
        0.0, ge=0, help="How far below its level before an accuracy may be and still count as kept, in its own unit."
    )


def diagnose(series: dict, params: Params) -> dict:
    """``{"findings": [...]}``: one a pair and phase start, in order.

    ``series`` is that of the stability gap; ``pairs``, a list of [loss, accuracy], may be left out: then each loss (a name of which lower
    is better) is paired with each accuracy. A finding has loss, accuracy, phase_start, shows, first_at, last_at, evaluations, measured,
    sentence.
    """
    checked = _series.parse(series)
    ends = [*checked.phase_starts[1:], np.inf]
    return {
        "findings": [
            _finding(checked, loss, accuracy, float(start), float(end), phase, params)
            for loss, accuracy in _pairs(series.get("pairs"), checked)
            for phase, (start, end) in enumerate(zip(checked.phase_starts, ends, strict=True))
        ]
    }


def _finding(
    series: _series.Series, loss: str, accuracy: str, start: float, end: float, phase: int, params: Params
) -> dict:
    first = int(np.searchsorted(series.tokens, start, "right"))
    stop = int(np.searchsorted(series.tokens, end, "right"))
    if not first:
        raise UserError(
            f"{loss} was not measured at or before {start:g} tokens, where a phase starts: the level before is unknown.",
            field=f"phase_starts.{phase}",
        )
    lower, higher = series.values[loss], series.values[accuracy]
    l_0, a_0 = lower[first - 1], higher[first - 1]
    shows = np.flatnonzero((lower[first:stop] < l_0) & (higher[first:stop] < a_0 - params.tolerance)) + first
    at = [_number(series.tokens[i] - start) for i in (shows[0], shows[-1])] if len(shows) else [None, None]
    said = f"{len(shows)} of {stop - first} evaluations after the shift"
    if len(shows):
        lowest = int(shows[np.argmin(higher[shows])])
        sentence = (
            f"At {said}, {loss} was below its {l_0:,.2f} from before while {accuracy} was below its {a_0:,.2f}: at the worst of them "
            f"{loss} was {lower[lowest]:,.2f} and {accuracy} {higher[lowest]:,.2f}."
        )
    elif stop > first:
        sentence = f"Nowhere after the shift was {loss} lower and {accuracy} worse than before at once."
    else:
        sentence = f"{loss} and {accuracy} were not measured after the shift."
    return {
        "loss": loss,
        "accuracy": accuracy,
        "phase_start": _number(start),
        "shows": bool(len(shows)),
        "first_at": at[0],
        "last_at": at[1],
        "evaluations": len(shows),
        "measured": stop - first,
        "sentence": sentence,
    }


def _pairs(given: Any, series: _series.Series) -> list[tuple[str, str]]:
    losses = [name for name, better in series.better.items() if better == "lower"]
    accuracies = [name for name, better in series.better.items() if better == "higher"]
    if given is None:
        if not losses or not accuracies:
            raise UserError(
                "A loss (lower is better) and an accuracy (higher is better) are needed, measured at the same tokens.",
                field="values",
            )
        return [(loss, accuracy) for loss in losses for accuracy in accuracies]
    if not isinstance(given, list | tuple):
        raise UserError("Pairs are a list of [loss, accuracy].", field="pairs")
    for i, pair in enumerate(given):
        known = isinstance(pair, list | tuple) and len(pair) == 2 and pair[0] in losses and pair[1] in accuracies
        if not known:
            raise UserError(
                f"Pair {i} is not [a name of which lower is better, a name of which higher is better]: {pair!r}.",
                field=f"pairs.{i}",
            )
    return [tuple(pair) for pair in given]


def _number(value: float) -> int | float:
    return int(value) if float(value).is_integer() else float(value)
