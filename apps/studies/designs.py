"""What a study is made of: arms, of which every seed gets one run each, and which of these runs there are already."""

from contextlib import suppress
from dataclasses import dataclass, field

from apps.accounts.models import Project
from apps.datasets.models import DatasetVersion
from apps.evaluations.models import Suite
from apps.jobs.models import ELSEWHERE
from apps.runs import alike
from apps.runs.models import Run
from gradatim.errors import UserError


@dataclass(frozen=True, slots=True)
class Arm:
    """One setting. ``name`` is what its runs are called; ``curriculum``: a name for its curriculum, where the project has none that says the same.

    ``recipe`` has a model where ``base`` is None. ``notes`` and ``tags`` are those of its runs.
    """

    name: str
    curriculum: str
    draft: dict
    recipe: dict
    base: Run | None = None
    notes: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Design:
    """A study before it is begun. Its comparison measures the others against the first of the ``arms``; ``params`` as they are stored.

    ``bases``: where each seed goes on from its own, these by seed, all of the setting of the arms' base. ``suites``: what every run is asked.
    """

    project: Project
    arms: tuple[Arm, ...]
    seeds: tuple[int, ...]
    measured: tuple[DatasetVersion, ...]
    name: str
    question: str
    params: dict
    suites: tuple[Suite, ...] = ()
    bases: dict[int, Run] = field(default_factory=dict)

    def base_of(self, arm: Arm, seed: int) -> Run | None:
        return arm.base and self.bases.get(seed, arm.base)


@dataclass(frozen=True, slots=True)
class Cell:
    """An arm under a seed; ``run`` None: it has to be trained."""

    arm: Arm
    seed: int
    base: Run | None
    facts: tuple
    run: Run | None = None


def cells_of(design: Design) -> list[Cell]:
    """Arm by arm, seed by seed. Runs that repeat a cell and are measured on and asked all that the study needs count, whoever made them; an arm that says
    the same as one before is left out."""
    arms, cells = set(), []
    found = _runs_by_facts(design)
    for arm in design.arms:
        facts = {seed: _facts(design, arm, seed) for seed in design.seeds}
        if (first := facts[design.seeds[0]]) not in arms:
            cells += [Cell(arm, seed, design.base_of(arm, seed), own, found.get(own)) for seed, own in facts.items()]
        arms.add(first)
    return cells


def _facts(design: Design, arm: Arm, seed: int) -> tuple:
    base = design.base_of(arm, seed)
    return alike.facts(design.project.pk, base and base.pk, seed, arm.recipe, arm.draft)


def _runs_by_facts(design: Design) -> dict[tuple, Run]:
    """The oldest run of each kind that there is; four queries."""
    bases = {base.pk for arm in design.arms for seed in design.seeds if (base := design.base_of(arm, seed))}
    rows = Run.objects.filter(project=design.project, seed__in=design.seeds).exclude(job__kind=ELSEWHERE)
    rows = rows.filter(base__in=bases) if bases else rows.filter(base=None)
    rows = rows.select_related("job", "version__curriculum", "checkpoint").prefetch_related("evaluated_on", "suites")
    needed, found = {row.pk for row in (*design.measured, *design.suites)}, {}
    for run in rows.order_by("created_at"):
        if alike.counts(run) and needed <= {row.pk for row in (*run.evaluated_on.all(), *run.suites.all())}:
            with suppress(UserError):  # a document that is refused by now repeats nothing
                found.setdefault(alike.facts_of(run), run)
    return found
