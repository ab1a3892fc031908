"""The re-warming control of a continuation: the same schedules, optimizer reset and budget on the base's own, unchanged data.

What it loses, the learning rate's warming up did; what another continuation loses beyond that, its data did. It is a run like any other and
is told by what it is, so one that somebody made by hand counts, and none is made twice.
"""

import copy
from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.db import transaction

from apps.accounts.models import User
from apps.curricula import diets
from apps.curricula import services as curricula
from apps.curricula.models import CurriculumVersion
from apps.runs import services
from apps.runs.alike import counts, facts_of
from apps.runs.models import Run
from gradatim import params as parameters
from gradatim import registry
from gradatim.errors import Unsized, UserError
from gradatim.types import MixContext

NAME = "Re-warming control"
TAG = "control"
_RELATED = ("project", "job", "version__curriculum", "plan__artifact", "base")


def drafts_of(runs: Iterable[Run]) -> dict:
    """For each continuation what the curriculum of its control says; one query."""
    continuations = [run for run in runs if run.base_id]
    bases = Run.with_trash.select_related("version", "plan__artifact").in_bulk({run.base_id for run in continuations})
    return {run.pk: draft_of(bases[run.base_id], run.version.draft["phases"]) for run in continuations}


def controls_of(runs: Sequence[Run], drafts: dict, *, siblings: bool = True) -> dict:
    """For each continuation that has one its control: itself, else one of ``runs``, else (with ``siblings``, by one query more)
    any run of its project. Those that failed or were cancelled are none."""
    return {key: own[0] for key, own in _all_of(runs, drafts, siblings).items() if own}


def _all_of(runs: Sequence[Run], drafts: dict, siblings: bool) -> dict:
    """For each continuation all its controls, in the order in which they are taken."""
    continuations = [run for run in runs if run.base_id]
    known = [run for run in continuations if counts(run)]
    if siblings and continuations:
        rows = Run.objects.filter(
            project__in={run.project_id for run in continuations},
            base__in={run.base_id for run in continuations},
            seed__in={run.seed for run in continuations},
        )
        rows = rows.exclude(pk__in=[run.pk for run in known]).select_related(*_RELATED).order_by("created_at")
        known += [run for run in rows if counts(run)]
    facts = {run.pk: facts_of(run) for run in known}
    wanted = {run.pk: facts_of(run, drafts[run.pk]) for run in continuations}
    return {
        run.pk: sorted(
            (other for other in known if facts[other.pk] == wanted[run.pk]),
            key=lambda other, run=run: other.pk != run.pk,
        )
        for run in continuations
    }


def lacking(runs: Sequence[Run], drafts: dict, found: dict) -> list[Run]:
    """Continuations without a control in ``found``, one for each control that would have to be trained."""
    without = {facts_of(run, drafts[run.pk]): run for run in reversed(runs) if run.base_id and run.pk not in found}
    return list(reversed(without.values()))


def control_of(run: Run) -> Run | None:
    """The run's control: itself where it is one; two queries."""
    return controls_of([run], drafts_of([run])).get(run.pk)


@transaction.atomic
def queue_control(*, run: Run, by: User) -> tuple[Run, bool]:
    """The run's control, and whether it was queued just now: where there is one with the same evaluation, it is that one."""
    if not run.base_id:
        raise UserError(
            f"{run.name} starts from fresh weights: no learning rate is warmed up again, so there is nothing to control."
        )
    Run.objects.select_for_update(of=["self"]).get(pk=run.base_id)  # two who ask at once are given one control
    measured = list(run.evaluated_on.all())
    drafts = drafts_of([run])
    found = _all_of([run], drafts, True)[run.pk]
    if run in found:
        raise UserError(f"{run.name} repeats its base's own mixture: it is a control itself.")
    for control in found:
        if set(control.evaluated_on.values_list("pk", flat=True)) == {row.pk for row in measured}:
            return control, False
    made = services.create_run(
        name=name_of(run.base),
        version=_version(run, drafts[run.pk], by),
        recipe=run.recipe,
        seed=run.seed,
        by=by,
        base=run.base,
        evaluated_on=measured,
        suites=run.suites.all(),
        notes=f"The schedule of “{run.name}” once more on its base's own mixture: what warming the learning rate up again does by itself.",
        tags=[TAG],
    )
    return made, True


def name_of(base: Run) -> str:
    text = f"{NAME}: {base.name} again"
    return text if len(text) <= services.NAME_CHARACTERS else f"{text[: services.NAME_CHARACTERS - 1]}…"


def curriculum_name(base: Run, draft: dict) -> str:
    return f"{base.version.curriculum.name} again, {sum(phase['tokens'] for phase in draft['phases']):,} tokens"


def _version(run: Run, draft: dict, by: User) -> CurriculumVersion:
    """The project's curriculum version that says the same, else a new one."""
    if found := diets.versions_by_diet(run.project).get(diets.diet_of(draft)):
        return found
    name = diets.free_name(run.project, curriculum_name(run.base, draft))
    return curricula.create_curriculum(project=run.project, name=name, draft=draft, by=by)


def draft_of(base: Run, phases: Sequence[dict]) -> dict:
    """The phases of a continuation with their budgets, each with the streams and the mixture that its base ended with."""
    last = base.version.draft["phases"][-1]
    sizes = planned_sizes(base)
    phases = [
        {
            "name": phase["name"],
            "tokens": phase["tokens"],
            "streams": copy.deepcopy(last["streams"]),
            "mixture": _at_the_end(last, sizes, phase["tokens"]),
        }
        for phase in phases
    ]
    return {"tokenizer": base.version.draft["tokenizer"], "phases": phases}


def planned_sizes(base: Run) -> dict | None:
    """Tokens by stream of the base's last phase, as its plan counted them; None while there is no plan."""
    phases = base.plan.artifact.meta.get("phases") if base.plan.artifact else None
    return (phases or [{}])[-1].get("sizes")


def weights_at_the_end(base: Run) -> dict[str, float]:
    """By stream of the base's last phase the weights with which it ended; ``Unsized`` where they are not known yet."""
    last = base.version.draft["phases"][-1]
    method, params, then = _mixing(last, planned_sizes(base))
    return dict(method.weights(1.0, then, params))


def _at_the_end(phase: dict, sizes: dict | None, budget: int) -> dict:
    """The phase's mixture; where it changes along the phase, or with another budget, the shares with which it ended instead, if they can
    be known yet."""
    mixture = copy.deepcopy(phase.get("mixture") or {"method": "static"})
    method, params, then = _mixing(phase, sizes)
    try:
        weights = method.weights(1.0, then, params)
        now = method.weights(1.0, replace(then, budget=budget), params)
    except Unsized:
        return mixture
    lasting = getattr(method, "constant", False) and now == weights
    return mixture if lasting else {"method": "static", "params": {"weights": weights}}


def _mixing(phase: dict, sizes: dict | None) -> tuple:
    """(method, parameters, context) of the phase's mixture"""
    mixture = phase.get("mixture") or {"method": "static"}
    method = registry.load("mixing", mixture["method"])
    names = tuple(stream["name"] for stream in phase["streams"])
    return method, parameters.parse(method.Params, mixture.get("params")), MixContext(names, sizes, phase["tokens"])
