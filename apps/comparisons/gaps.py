"""The stability gap of each run and domain, and the one sentence that each run gets."""

from dataclasses import dataclass, replace

from apps.runs import certificates
from apps.runs.models import Run
from apps.runs.selectors import shifts_of
from apps.runs.series import Evaluations, names_apart
from gradatim import params as parameters
from gradatim import registry


@dataclass(frozen=True, slots=True)
class Gap:
    """A finding of the stability gap: losses in nats per token, places in tokens since ``phase_start``."""

    run: int
    name: str
    domain: str
    phase_start: float
    gap_depth: float
    trough_at: float | None
    recovery_at: float | None
    gap_area: float
    net_gain: float
    peak_gain: float
    peak_at: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Answer:
    """``run`` is the run's place in the comparison: its colour."""

    run: int
    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Value:
    """One domain's last evaluation; None where there is none. ``difference``: of the loss to the baseline's."""

    domain: str
    loss: float | None = None
    bits_per_byte: float | None = None
    difference: float | None = None


@dataclass(frozen=True, slots=True)
class Final:
    """The last evaluation of a run, in the order of the domains; ``order`` says whether it kept its plan's, if it is known."""

    run: int
    name: str
    tokens: int | None
    measured: list[Value]
    order: str = ""


def gaps_of(runs: list[Run], evaluations: Evaluations, tolerance: float) -> list[Gap]:
    """One gap a run, domain and shift. Runs without a shift (fresh weights, one phase) have none."""
    method = registry.load("diagnostics", "stability_gap")
    params = parameters.parse(method.Params, {"tolerance": tolerance})
    gaps = []
    for place, (run, label) in enumerate(zip(runs, names_apart(runs), strict=True)):
        for domain, measured in evaluations.get(run.pk, {}).items():
            starts = _measured_starts(shifts_of(run), measured.loss.tokens)
            if not starts:
                continue
            name = f"{domain} loss"
            series = {
                "tokens": measured.loss.tokens.tolist(),
                "values": {name: measured.loss.value.tolist()},
                "better": {name: "lower"},
                "phase_starts": starts,
            }
            for finding in method.diagnose(series, params)["findings"]:
                facts = {key: value for key, value in finding.items() if key != "name"}
                gaps.append(Gap(run=place, name=label, domain=domain, **facts))
    return gaps


def deepest_domain(gaps: list[Gap]) -> str:
    """The domain that lost most in any of the runs: what all of them are asked about first."""
    deepest = max(gaps, key=lambda gap: gap.gap_depth, default=None)
    return deepest.domain if deepest else ""


def answers_of(runs: list[Run], gaps: list[Gap], evaluations: Evaluations, domain: str) -> list[Answer]:
    """One sentence a run, of the same ``domain`` for all; where that is empty, of all domains."""
    answers = []
    for place, (run, label) in enumerate(zip(runs, names_apart(runs), strict=True)):
        own = [gap for gap in gaps if gap.run == place and gap.domain == domain]
        if own:
            worst = max(own, key=lambda gap: gap.gap_depth)
            sentence = (
                worst.sentence[:1].upper() + worst.sentence[1:] if run.job.is_over else f"So far: {worst.sentence}"
            )
        else:
            sentence = _without_shift(run, evaluations.get(run.pk, {}), domain)
        answers.append(Answer(place, label, sentence))
    return answers


def finals_of(runs: list[Run], evaluations: Evaluations, domains: list[str]) -> list[Final]:
    finals = []
    for place, (run, label) in enumerate(zip(runs, names_apart(runs), strict=True)):
        measured = evaluations.get(run.pk, {})
        cells = [
            Value(domain, measured[domain].loss.last, measured[domain].bits_per_byte.last)
            if domain in measured
            else Value(domain)
            for domain in domains
        ]
        ends = [int(m.loss.tokens[-1]) for m in measured.values() if len(m.loss.tokens)]
        finals.append(Final(place, label, max(ends, default=None), cells, certificates.order_of(run)))
    return finals


def against(finals: list[Final], baseline: int) -> list[Final]:
    """With the difference of every other run's losses to those of the run at the place ``baseline``."""
    levels = [value.loss for value in finals[baseline].measured]
    return [final if final.run == baseline else _against(final, levels) for final in finals]


def _against(final: Final, levels: list[float | None]) -> Final:
    measured = [
        value if None in (value.loss, level) else replace(value, difference=value.loss - level)
        for value, level in zip(final.measured, levels, strict=True)
    ]
    return replace(final, measured=measured)


def _measured_starts(starts: list[int], tokens) -> list[int]:
    """Shifts that the series has reached. A continuation's first evaluation, before any update, is its level before."""
    return [start for start in starts if len(tokens) and tokens[0] <= start <= tokens[-1]]


def _without_shift(run: Run, measured: dict, domain: str) -> str:
    """What a run without a shift shows: where its evaluation stands."""
    losses = {name: m.loss.last for name, m in measured.items() if m.loss.last is not None and domain in ("", name)}
    if not losses:
        return "Not evaluated yet."
    verb = "ended at" if run.job.is_over else "stands at"
    said = " and ".join(f"{name} loss {verb} {loss:.2f}" for name, loss in losses.items())
    return f"{said[:1].upper()}{said[1:]} nats. It starts from fresh weights: there is no shift to measure."
