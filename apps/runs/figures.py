"""The figures of runs, of one or of several laid over each other, by the names under which addresses know them."""

import math
from collections.abc import Mapping, Sequence

from django.http import Http404

from apps.common import charts
from apps.runs import series
from apps.runs.models import Run
from gradatim import registry
from gradatim.errors import UserError

AXES = ("tokens", "steps", "samples", "time", "clock")
SCALES = ("linear", "log", "log_x", "log_both")
#: word in addresses -> time constant as a share of the drawn range
SMOOTHINGS = {"off": 0.0, "1": 0.01, "3": 0.03, "10": 0.1}
#: Small panels beside each other: on one scale, or each on its own.
SMALL = ("same", "own")

#: name in addresses -> plot of the library
NAMES = {
    "training-loss": "loss_curves",
    "evaluation-loss": "evaluation_curves",
    "questions": "evaluation_curves",
    "answer-loss": "evaluation_curves",
    "mixture": "mixture",
    "learning-rate": "learning_rate",
}


def payload(name: str, runs: Sequence[Run], query: Mapping[str, str]) -> dict:
    """``query``: axis, domain, metric (bits_per_byte or answer_loss: instead of loss), suite and measure (of questions), seeds (mean: with
    its range, of evaluations), panels (same, own: small ones that share a legend), tolerance (of recovery, of a domain's evaluations), scale (log: of the vertical axis; log_x, log_both), smoothing (of the training loss, in percent of what is drawn), start and stop
    (in units of the horizontal one); what it does not know is left to others.
    """
    if name not in NAMES:
        raise Http404
    plot = NAMES[name]
    axis = query.get("axis") or "tokens"
    if axis not in AXES:
        raise UserError(f"The axis is one of {', '.join(AXES)}.", field="axis")
    bounds = bounds_of(query)
    records, shown, total = series.records(runs, charts.metrics_of(plot), axis=axis, **bounds)
    params = {"axis": axis}
    if plot == "evaluation_curves":
        params |= {"domain": query.get("domain") or ""}
        asked = "answer_loss" if name == "answer-loss" else query.get("metric")
        params |= {"measure": asked} if asked in ("bits_per_byte", "answer_loss") else {}
        params |= {"seeds": "mean"} if query.get("seeds") == "mean" else {}
        params |= {"same_range": True} if query.get("panels") == "same" and params["domain"] else {}
        params |= {"gaps": True, "tolerance": tolerance_of(query)} if params["domain"] else {}
    if plot == "loss_curves":
        params |= {"smoothing": smoothing_of(query)}
    if name == "questions":
        params |= {"suite": query.get("suite", ""), "measure": _measure(query)}
    live = any(run.goes_on for run in runs)
    table = not charts.is_packed(query)
    drawn = charts.payload(plot, records, params, live=live, shown=shown, total=total, table=table)
    if query.get("panels") in SMALL:
        drawn["figure"]["layout"]["showlegend"] = False
    _scaled(drawn["figure"]["layout"], query.get("scale") or "", axis, plot)
    if axis == "samples" and not drawn["figure"]["data"] and total:
        drawn["empty"] = "How many samples these runs have consumed is not known."
    if drawn["reading"] and any(bound is not None for bound in bounds.values()):
        drawn["reading"] = f"In the range shown, {drawn['reading'][:1].lower()}{drawn['reading'][1:]}"
    return drawn


def _scaled(layout: dict, scale: str, axis: str, plot: str) -> None:
    """Logarithmic axes where they are asked for: shares have none, and neither has the time of day."""
    if scale in ("log", "log_both") and plot != "mixture":
        layout["yaxis"]["type"] = "log"
        if options := layout["yaxis"].pop("autorangeoptions", None):  # a range of such an axis is one of logarithms
            layout["yaxis"]["range"] = [math.log10(value) for value in options.values() if value > 0]
    if scale in ("log_x", "log_both") and axis != "clock":
        layout["xaxis"]["type"] = "log"
        for note in layout.get("annotations", []):  # which stand, unlike shapes, at the logarithm
            note["x"] = math.log10(note["x"]) if note["x"] > 0 else 0


def smoothing_of(query: Mapping[str, str]) -> float:
    """As a share of what is drawn; what is not offered is none."""
    return SMOOTHINGS.get(query.get("smoothing") or "", 0.0)


def _measure(query: Mapping[str, str]) -> str:
    known = {measure for kind in registry.names("suites") for measure in registry.load("suites", kind).measures}
    asked = query.get("measure") or "accuracy"
    if asked not in known:
        raise UserError(f"The measure is one of {', '.join(sorted(known))}.", field="measure")
    return asked


def tolerance_of(query: Mapping[str, str]) -> float:
    """In nats; what cannot be read is 0, as on the page that says so."""
    try:
        value = float(query.get("tolerance") or 0)
    except (TypeError, ValueError):
        return 0.0
    return value if 0 <= value < 100 else 0.0


def bounds_of(query: Mapping[str, str]) -> dict[str, float | None]:
    """``start`` and ``stop`` of the axis, None where they are left open."""
    return {key: _number(query, key) for key in ("start", "stop")}


def _number(query: Mapping[str, str], key: str) -> float | None:
    text = query.get(key)
    if text in (None, ""):
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if value - value != 0:
        raise UserError(f"{key} is a number in units of the axis.", field=key)
    return value
