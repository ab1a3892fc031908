"""The signature of a stability gap: the loss of a domain falls while the accuracy of its task is below its level before."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from apps.comparisons.gaps import measured_starts
from apps.runs.models import Run
from apps.runs.selectors import shifts_of
from apps.runs.series import Evaluations, Measured, names_apart
from gradatim import registry


@dataclass(frozen=True, slots=True)
class Signature:
    """Of a domain whose loss and accuracy were measured at the same tokens; places in tokens since ``phase_start``."""

    run: int
    name: str
    domain: str
    phase_start: float
    shows: bool
    first_at: float | None
    last_at: float | None
    evaluations: int
    measured: int
    sentence: str


def signatures_of(runs: Sequence[Run], evaluations: Evaluations) -> list[Signature]:
    """One a run, domain and shift; none where no accuracy was measured."""
    found = []
    for place, (run, label) in enumerate(zip(runs, names_apart(runs), strict=True)):
        for domain, measured in evaluations.get(run.pk, {}).items():
            for finding in _findings(run, domain, measured):
                facts = {key: finding[key] for key in Signature.__slots__ if key in finding}
                found.append(Signature(run=place, name=label, domain=domain, **facts))
    return found


def _findings(run: Run, domain: str, measured: Measured) -> list[dict]:
    tokens = np.intersect1d(measured.loss.tokens, measured.accuracy.tokens)
    starts = measured_starts(shifts_of(run), tokens)
    if not starts:
        return []
    names = {f"{domain} loss": (measured.loss, "lower"), f"{domain} accuracy": (measured.accuracy, "higher")}
    series = {
        "tokens": tokens.tolist(),
        "values": {
            name: line.value[np.searchsorted(line.tokens, tokens)].tolist() for name, (line, _) in names.items()
        },
        "better": {name: better for name, (_, better) in names.items()},
        "phase_starts": starts,
    }
    method = registry.load("diagnostics", "task_divergence")
    return method.diagnose(series, method.Params())["findings"]
