"""Continual evaluation of each run over all its domains: what was forgotten of what had been learned, at each shift's end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from apps.comparisons.gaps import Gap
from apps.runs.models import Run
from apps.runs.selectors import phases_of, shifts_of
from apps.runs.series import Evaluations, names_apart
from gradatim import params as parameters
from gradatim import registry
from gradatim.errors import UserError

WINDOW = 10


@dataclass(frozen=True, slots=True)
class Forgetting:
    """A finding of continual evaluation. ``min_acc``, ``wc_acc`` and ``acc`` are means of minus the loss, the others differences of it, in
    nats a token. ``window`` counts evaluations, which are ``period_least`` to ``period_most`` tokens apart."""

    run: int
    name: str
    phase_start: float
    finished: list[str]
    learned_now: list[str]
    min_acc: float | None
    wc_acc: float | None
    acc: float | None
    forg: float | None
    below_best: float | None
    wf: float | None
    wp: float | None
    window: int
    period_least: float | None
    period_median: float | None
    period_most: float | None
    sentence: str


def forgetting_of(
    runs: Sequence[Run], evaluations: Evaluations, learned: Mapping
) -> tuple[list[Forgetting], dict[tuple, dict]]:
    """One finding a run and shift, and of each domain in it its own figures, by (place of the run, domain, phase start)."""
    found, of_domains = [], {}
    for place, (run, label) in enumerate(zip(runs, names_apart(runs), strict=True)):
        for finding in _findings(run, evaluations.get(run.pk, {}), learned.get(run.pk, {})):
            of_domains |= {(place, row["name"], finding["phase_start"]): row for row in finding["names"]}
            period = finding["period"] or {}
            facts = {key: finding[key] for key in Forgetting.__slots__ if key in finding}
            periods = {f"period_{key}": period.get(key) for key in ("least", "median", "most")}
            found.append(Forgetting(run=place, name=label, **facts, **periods))
    return found, of_domains


def with_windows(gaps: list[Gap], of_domains: dict[tuple, dict]) -> list[Gap]:
    """The gaps with their domain's windowed figures."""
    rows = [of_domains.get((gap.run, gap.domain, gap.phase_start), {}) for gap in gaps]
    return [replace(gap, wf=row.get("wf"), wp=row.get("wp")) for gap, row in zip(gaps, rows, strict=True)]


def _findings(run: Run, measured: dict, learned: Mapping[str, int | None]) -> list[dict]:
    """Those at the run's shifts that were measured: at tokens where every domain was."""
    if not measured:
        return []
    tokens = reduce(np.intersect1d, [of.loss.tokens for of in measured.values()])
    starts = [phase["start"] for phase in phases_of(run) if len(tokens) and phase["start"] <= tokens[-1]]
    seen = {domain: of for domain, of in measured.items() if (learned.get(domain) or 0) < len(starts)}
    if not seen:
        return []
    values = {name: of.loss.value[np.searchsorted(of.loss.tokens, tokens)].tolist() for name, of in seen.items()}
    series = {
        "tokens": tokens.tolist(),
        "values": values,
        "better": dict.fromkeys(values, "lower"),
        "phase_starts": starts,
        "learned": {name: learned.get(name) for name in values},
    }
    method = registry.load("diagnostics", "continual")
    try:
        findings = method.diagnose(series, parameters.parse(method.Params, {"window": WINDOW}))["findings"]
    except (
        UserError
    ):  # what had been learned was not measured before the first phase: then nothing is known of its loss
        return []
    shifts = shifts_of(run)
    return [finding for finding in findings if finding["names"] and finding["phase_start"] in shifts]
