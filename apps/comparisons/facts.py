"""What is read of compared runs before anything is said of them; nothing in it depends on how they are looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from apps.comparisons import settings as run_settings
from apps.comparisons.fairness import Fairness, fairness_of
from apps.comparisons.gaps import measured_starts
from apps.comparisons.learned import learned_of
from apps.comparisons.over_seeds import seeds_said
from apps.runs import controls as rewarming
from apps.runs import series
from apps.runs.models import Run
from apps.runs.selectors import shifts_of
from apps.runs.series import Evaluations


@dataclass(frozen=True, slots=True)
class Facts:
    """``controls`` by run, some of them ``outside`` the runs; ``lacking``: a run for each control that would have to be trained.

    ``beside``: what was measured beside the losses. ``learned``: for each run the phase in which it learns each domain
    (:mod:`apps.comparisons.learned`).
    """

    runs: list[Run]
    outside: list[Run]
    controls: dict[UUID, Run]
    lacking: list[Run]
    evaluations: Evaluations
    beside: dict[UUID, list[series.Beside]]
    learned: dict[UUID, dict[str, int | None]]
    difference: run_settings.Difference
    evidence: list[str]
    fairness: Fairness


def facts_of(runs: list[Run], *, siblings: bool = True) -> Facts:
    """Number of queries: constant in the number of runs. ``siblings``: controls outside the comparison count, too."""
    drafts = rewarming.drafts_of(runs)
    controls = rewarming.controls_of(runs, drafts, siblings=siblings)
    shown = {run.pk for run in runs}
    outside = list({control.pk: control for control in controls.values() if control.pk not in shown}.values())
    evaluations, beside = series.evaluations([*runs, *outside])
    difference = run_settings.differing(runs)
    return Facts(
        runs=runs,
        outside=outside,
        controls=controls,
        lacking=rewarming.lacking(runs, drafts, controls),
        evaluations=evaluations,
        beside=beside,
        learned=learned_of(runs, domains_of(runs, evaluations)) if _shifted(runs, evaluations) else {},
        difference=difference,
        evidence=evidence_of(runs),
        fairness=fairness_of(runs, difference, _winner(runs)),
    )


def domains_of(runs: Sequence[Run], evaluations: Evaluations) -> list[str]:
    return sorted({domain for run in runs for domain in evaluations[run.pk]})


def evidence_of(runs: Sequence[Run]) -> list[str]:
    """How far the numbers carry: seeds, and what all runs share. Said before anybody reads a difference as a result."""
    sentences = seeds_said(runs)
    bases = {run.base_id for run in runs}
    if len(bases) == 1 and runs and runs[0].base:
        sentences.append(f"All runs continue from {runs[0].base.name}: what they show holds given this base.")
    elif len(bases) > 1 and None not in bases and len({series.setting_of(run)[1] for run in runs}) == 1:
        sentences.append(f"The runs continue from {len(bases)} bases that differ in their seed alone.")
    elif len(bases) > 1:
        sentences.append("The runs do not start from the same weights.")
    return sentences


def _shifted(runs: Sequence[Run], evaluations: Evaluations) -> bool:
    """Whether a change of diet was measured in any run."""
    return any(
        measured_starts(shifts_of(run), measured.loss.tokens)
        for run in runs
        for measured in evaluations[run.pk].values()
    )


def _winner(runs: Sequence[Run]) -> str:
    """What the number of seeds allows at most."""
    settings = len({series.setting_of(run) for run in runs})
    if len(runs) < 2 or settings == 1:
        return ""
    return "Each setting has one seed: no winner is named." if settings == len(runs) else ""
