"""What a study is made of: arms, of which every seed gets one run each, and which of these runs there are already."""

from dataclasses import dataclass

from apps.accounts.models import Project
from apps.datasets.models import DatasetVersion
from apps.jobs.models import ELSEWHERE
from apps.runs import alike
from apps.runs.models import Run


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
    """A study before it is begun. Its comparison measures the others against the first of the ``arms``; ``params`` as they are stored."""

    project: Project
    arms: tuple[Arm, ...]
    seeds: tuple[int, ...]
    measured: tuple[DatasetVersion, ...]
    name: str
    question: str
    params: dict


@dataclass(frozen=True, slots=True)
class Cell:
    """An arm under a seed; ``run`` None: it has to be trained."""

    arm: Arm
    seed: int
    facts: tuple
    run: Run | None = None


def cells_of(design: Design) -> list[Cell]:
    """Arm by arm, seed by seed. Runs that repeat a cell and are measured on all that the study needs count, whoever made them; an arm that says
    the same as one before is left out."""
    arms, cells = set(), []
    found = _runs_by_facts(design)
    for arm in design.arms:
        facts = {seed: _facts(design, arm, seed) for seed in design.seeds}
        if (first := facts[design.seeds[0]]) not in arms:
            cells += [Cell(arm, seed, own, found.get(own)) for seed, own in facts.items()]
        arms.add(first)
    return cells


def _facts(design: Design, arm: Arm, seed: int) -> tuple:
    return alike.facts(design.project.pk, arm.base and arm.base.pk, seed, arm.recipe, arm.draft)


def _runs_by_facts(design: Design) -> dict[tuple, Run]:
    """The oldest run of each kind that there is; three queries."""
    bases = {arm.base.pk for arm in design.arms if arm.base}
    rows = Run.objects.filter(project=design.project, seed__in=design.seeds).exclude(job__kind=ELSEWHERE)
    rows = rows.filter(base__in=bases) if bases else rows.filter(base=None)
    rows = rows.select_related("job", "version__curriculum", "checkpoint").prefetch_related("evaluated_on")
    needed, found = {row.pk for row in design.measured}, {}
    for run in rows.order_by("created_at"):
        if alike.counts(run) and needed <= {row.pk for row in run.evaluated_on.all()}:
            found.setdefault(alike.facts_of(run), run)
    return found
