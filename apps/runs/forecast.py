"""What runs will take before they are started: tokens and steps from curriculum and recipe, minutes from what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from apps.common import model_roots
from apps.jobs.models import Status
from apps.runs.models import Run
from gradatim import averaging, specs
from gradatim.presets import PRESETS
from gradatim.schedules import steps_of

#: So many of the newest runs that are alike are averaged.
LATEST = 5
LOOKED_AT = 100


@dataclass(frozen=True, slots=True)
class Phase:
    """``steps`` are whole batches of its budget, at least one; ``short``: the budget is less than one batch."""

    name: str
    tokens: int
    steps: int
    short: bool


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second of whole jobs, with all that is not training; ``alike``: same context, batch and precision, too."""

    tokens_per_second: float
    runs: int
    alike: bool


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of one run: its ``phases``, ``evaluations`` (so many of them also of ``averaged`` weights) and ``seconds`` (None: nothing was
    measured); ``runs`` are asked for."""

    phases: list[Phase]
    evaluations: int
    averaged: int
    runs: int
    parameters: int | None
    speed: Speed | None

    @property
    def tokens(self) -> int:
        return sum(phase.tokens for phase in self.phases)

    @property
    def steps(self) -> int:
        return sum(phase.steps for phase in self.phases)

    @property
    def copy_bytes(self) -> int | None:
        """What an average takes in memory, and in the checkpoint: one more copy of the weights in 32 bits."""
        return 4 * self.parameters if self.averaged and self.parameters else None

    @property
    def seconds(self) -> float | None:
        return self.tokens / self.speed.tokens_per_second if self.speed else None

    @property
    def seconds_together(self) -> float | None:
        """One after the other, as a machine with one device does them."""
        return None if self.seconds is None else self.seconds * self.runs

    @property
    def short(self) -> list[str]:
        return [phase.name for phase in self.phases if phase.short]


def forecast(*, phases: Sequence[dict], recipe: specs.Recipe, parameters: int | None, runs: int = 1) -> Forecast:
    """``phases`` as a curriculum's draft has them; ``parameters``: the model's number of weights, if it is known."""
    size = recipe.batch_size * recipe.context
    spans = []
    for phase in phases:
        steps = steps_of(phase["tokens"], size)
        spans.append(Phase(phase["name"], steps * size, steps, phase["tokens"] < size))
    cadence = recipe.evaluation
    evaluations = 1 + sum(evaluations_of(phase.steps, cadence) for phase in spans)
    averaged = _averaged(spans, recipe)
    return Forecast(
        spans, evaluations, averaged, runs, parameters, speed_of(recipe, parameters) if parameters else None
    )


def parameters_of(model: dict | None, base: Run | None, entries: int) -> int | None:
    """The number of weights of a run's model, its base's or its recipe's with so many ``entries`` of its tokenizer; None: not known yet."""
    if base:
        return base.checkpoint.meta.get("parameters") if base.checkpoint else None
    if "folder" in model:
        return model_roots.find(model["folder"]).parameters
    return PRESETS[model["preset"]].parameters(entries)


def evaluations_of(steps: int, cadence: specs.Evaluation) -> int:
    """How often a phase of so many steps is evaluated after an update."""
    return _due(steps - 1, cadence) + 1


def _due(steps: int, cadence: specs.Evaluation) -> int:
    """How often its first so many steps are evaluated while the phase goes on behind them."""
    times = min(steps, cadence.dense_until) // cadence.dense_every
    return times + max(0, steps // cadence.every - cadence.dense_until // cadence.every)


def _averaged(phases: Sequence[Phase], recipe: specs.Recipe) -> int:
    """How many evaluations come after the first weights were taken."""
    taken = averaging.taken(recipe.averaging, sum(phase.steps for phase in phases))
    times, begun = 0, 0
    for phase in phases if taken else ():
        before = taken.start - 1 - begun  # steps of the phase without an average
        if before < phase.steps:
            times += evaluations_of(phase.steps, recipe.evaluation) - _due(max(0, before), recipe.evaluation)
        begun += phase.steps
    return times


def speed_of(recipe: specs.Recipe, parameters: int) -> Speed | None:
    """From the newest finished runs of this installation with as many weights, those with the same settings first.

    Jobs that were tried more than once say nothing: their clock started anew.
    """
    rows = Run.objects.filter(
        job__status=Status.SUCCEEDED, checkpoint__meta__parameters=parameters, earlier_jobs=None
    ).annotate(tries=Count("job__attempts"))
    measured = []
    for run in rows.filter(tries=1).select_related("job", "checkpoint").order_by("-job__finished_at")[:LOOKED_AT]:
        tokens, took = run.checkpoint.meta.get("tokens"), run.job.finished_at - run.job.started_at
        if tokens and took.total_seconds() > 0:
            measured.append((_alike(run.recipe, recipe), tokens, took.total_seconds()))
    best = max((entry[0] for entry in measured), default=0)
    chosen = [entry for entry in measured if entry[0] == best][:LATEST]
    if not chosen:
        return None
    rate = sum(tokens for _, tokens, _ in chosen) / sum(seconds for _, _, seconds in chosen)
    return Speed(rate, len(chosen), best == len(_COUNTED))


_COUNTED = ("precision", "compile", "context", "batch_size")


def _alike(theirs: dict, ours: specs.Recipe) -> int:
    return sum(theirs.get(key, specs.Recipe.model_fields[key].default) == getattr(ours, key) for key in _COUNTED)
