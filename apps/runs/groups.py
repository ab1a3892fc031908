"""Runs that differ in their seed alone, as one line each: the mean of a loss and its range over the seeds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from apps.metrics import selectors as metrics
from apps.runs.models import Run
from apps.runs.series import setting_of

if TYPE_CHECKING:
    from apps.runs.table import Column

READ = {"last": metrics.last_values, "best": metrics.lowest_values}


@dataclass(frozen=True, slots=True)
class Spread:
    """Of one loss over those ``runs`` (their number) that have it."""

    mean: float
    low: float
    high: float
    runs: int


@dataclass(slots=True)
class Group:
    """``runs`` of one curriculum version, one base and one recipe, by seed; ``spreads`` by column."""

    runs: list[Run]
    spreads: dict[str, Spread] = field(default_factory=dict)

    @property
    def first(self) -> Run:
        return self.runs[0]

    @property
    def ids(self) -> str:
        """For the address of a comparison."""
        return ",".join(str(run.pk) for run in self.runs)


def groups_of(runs: QuerySet[Run], columns: Sequence["Column"], *, sort: str, descending: bool) -> list[Group]:
    """The newest group first, or by the mean of the loss that ``sort`` names; those without one come last."""
    rows = runs.select_related("job", "version__curriculum", "base").defer("document", "certificate")
    found: dict[tuple, list[Run]] = {}
    for run in rows.order_by("-created_at", "pk"):
        found.setdefault(setting_of(run), []).append(run)
    groups = [Group(sorted(members, key=lambda run: run.seed)) for members in found.values()]
    measured = [column for column in columns if column.measure]
    ids = [run.pk for group in groups for run in group.runs]
    for measure, read in READ.items():
        wanted = [column for column in measured if column.measure == measure]
        values = read(ids, [column.metric for column in wanted]) if wanted else {}
        for group in groups:
            group.spreads |= _spreads(group, wanted, values)
    known = [group for group in groups if sort in group.spreads]
    known.sort(key=lambda group: group.spreads[sort].mean, reverse=descending)
    return known + [group for group in groups if sort not in group.spreads]


def _spreads(group: Group, columns: Sequence["Column"], values: dict) -> dict[str, Spread]:
    spreads = {}
    for column in columns:
        own = [values.get((run.pk, column.metric)) for run in group.runs]
        own = [value for value in own if value is not None and value == value]
        if own:
            spreads[column.key] = Spread(fmean(own), min(own), max(own), len(own))
    return spreads
