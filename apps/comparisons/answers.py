"""The one sentence that each run gets, and where its evaluations ended."""

from dataclasses import dataclass, replace

from apps.comparisons.gaps import Gap
from apps.runs import certificates
from apps.runs.models import Run
from apps.runs.series import Evaluations, names_apart


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


def answers_of(runs: list[Run], gaps: list[Gap], evaluations: Evaluations, domain: str) -> list[Answer]:
    """One sentence a run, of the same ``domain`` for all; where that is empty, of all domains. What the control says comes after it."""
    answers = []
    for place, (run, label) in enumerate(zip(runs, names_apart(runs), strict=True)):
        own = [gap for gap in gaps if gap.run == place and gap.domain == domain]
        if own:
            worst = max(own, key=lambda gap: gap.gap_depth)
            sentence = (
                worst.sentence[:1].upper() + worst.sentence[1:] if run.job.is_over else f"So far: {worst.sentence}"
            )
            sentence = f"{sentence} {worst.split}".rstrip()
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


def _without_shift(run: Run, measured: dict, domain: str) -> str:
    """What a run without a shift shows: where its evaluation stands."""
    losses = {name: m.loss.last for name, m in measured.items() if m.loss.last is not None and domain in ("", name)}
    if not losses:
        return "Not evaluated yet."
    verb = "ended at" if run.job.is_over else "stands at"
    said = " and ".join(f"{name} loss {verb} {loss:.2f}" for name, loss in losses.items())
    starts = "was trained elsewhere" if run.trained_elsewhere else "starts from fresh weights"
    return f"{said[:1].upper()}{said[1:]} nats. It {starts}: there is no shift to measure."
