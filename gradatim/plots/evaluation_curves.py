"""Held-out loss of each domain through training, of one or more runs laid over each other.

With several runs a colour is a run and a dash a domain; with one run a colour is a domain. Dotted lines mark where
phases start.

Source: definition (mean token loss on the held-out samples of a domain, in nats, or bits per UTF-8 byte)
"""

from dataclasses import dataclass
from typing import Literal

from gradatim.params import param
from gradatim.plots import _curves

title = "Evaluation loss"
version = 1
metrics = ("eval/",)
_UNITS = {"loss": "Evaluation loss (nats)", "bits_per_byte": "Bits per byte"}


@dataclass(frozen=True, slots=True)
class Params:
    axis: Literal["tokens", "steps", "time"] = param("tokens", help="What the curves are drawn over.")
    measure: Literal["loss", "bits_per_byte"] = param("loss", help="Loss in nats, or bits per byte.")
    domain: str = param("", help="Draw this domain alone; empty: all.")
    suite: str = param("heldout", help="The evaluation suite.")
    phase_lines: bool = param(True, help="Mark where phases start (over tokens).")


def figure(runs: list[dict], params: Params) -> dict:
    data = [_curves.trace(curve) for _, _, curve in _drawn(runs, params)]
    lines = _curves.phase_lines(runs, params.axis) if params.phase_lines else {}
    return _curves.figure(data, _curves.AXES[params.axis], _UNITS[params.measure], **lines)


def reading(runs: list[dict], params: Params) -> str:
    by_domain: dict[str, list[tuple[str, float, float]]] = {}
    for run, domain, curve in _drawn(runs, params):
        last = _curves.last_finite(curve.y)
        if last is not None:
            by_domain.setdefault(domain, []).append((run, _curves.last_finite(curve.y[::-1]), last))
    if not by_domain:
        return "No evaluation yet."
    parts = []
    for domain, entries in by_domain.items():
        if len(runs) == 1:
            ((_, first, last),) = entries
            parts.append(f"{domain} went from {first:.2f} to {last:.2f}")
            continue
        low, high = min(entries, key=lambda e: e[2]), max(entries, key=lambda e: e[2])
        parts.append(f"{domain} is lowest in {low[0]} ({low[2]:.2f}) and highest in {high[0]} ({high[2]:.2f})")
    joined = "; ".join(parts)
    if len(runs) == 1:
        return f"From the first to the last evaluation, {joined}."
    return f"At the last evaluation, {joined}."


def table(runs: list[dict], params: Params) -> dict:
    return _curves.table([curve for _, _, curve in _drawn(runs, params)], _curves.AXES[params.axis])


def _drawn(runs: list[dict], params: Params) -> list[tuple[str, str, _curves.Curve]]:
    """(run, domain, curve) of each run and domain that has points."""
    prefix, suffix = f"eval/{params.suite}/", f"/{params.measure}"
    domains = sorted(_curves.names_below(runs, prefix, suffix))
    drawn = []
    for k, record in enumerate(runs):
        for d, domain in enumerate(domains):
            metric = prefix + domain + suffix
            if metric not in record["series"] or params.domain not in ("", domain):
                continue
            x, y = _curves.points(record, metric, params.axis)
            if not len(x):
                continue
            name = f"{record['name']}: {domain}"
            if len(runs) == 1 or params.domain:
                name = domain if len(runs) == 1 else record["name"]
            # One domain of several runs: dashes are free to tell the runs apart.
            dash = k if params.domain and len(runs) > 1 else d
            color = d if len(runs) == 1 else k
            drawn.append((record["name"], domain, _curves.Curve(name, x, y, color, dash, markers=True)))
    return drawn
