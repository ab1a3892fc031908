"""Runs of one setting as one line: the mean of a metric over them, with a band that says what it is."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev
from uuid import UUID

from django.db.models import F, QuerySet, TextField
from django.db.models.functions import MD5, Cast

from apps.runs import setting_values
from apps.runs.columns import Column, column_of
from apps.runs.models import Run
from apps.runs.table_state import State

#: Runs that a line names, and runs that a comparison holds.
NAMED, COMPARED = 12, 50


@dataclass(frozen=True, slots=True)
class Spread:
    """Of one metric over those ``runs`` (their number) that have it. ``low`` and ``high`` are None where one run has no band."""

    mean: float
    low: float | None
    high: float | None
    runs: int


@dataclass(slots=True)
class Group:
    """``members``: every run's id, the newest first. ``runs``: those that are named, by seed; ``spreads`` by column."""

    key: tuple
    members: list[UUID]
    runs: list[Run] = field(default_factory=list)
    spreads: dict[str, Spread] = field(default_factory=dict)
    holds_baseline: bool = False

    @property
    def first(self) -> Run:
        return self.runs[0]

    @property
    def more(self) -> int:
        return len(self.members) - len(self.runs)

    @property
    def ids(self) -> str:
        """For the address of a comparison."""
        named = [run.pk for run in self.runs]
        return ",".join(map(str, [*named, *(pk for pk in self.members if pk not in set(named))][:COMPARED]))


class Groups(list):
    """Of a page; ``fill`` fetches the runs that are named, for all of them at once."""

    def fill(self) -> None:
        named = {pk: group for group in self for pk in group.members[:NAMED]}
        rows = Run.objects.filter(pk__in=named).select_related("job", "version__curriculum", "base")
        for run in rows.defer("document", "certificate", "recipe").order_by("seed", "created_at"):
            named[run.pk].runs.append(run)


class _Sliced(list):
    """What a paginator cuts pages from."""

    def __getitem__(self, index):
        found = super().__getitem__(index)
        return Groups(found) if isinstance(index, slice) else found


def groups_of(runs: QuerySet[Run], state: State, read: Callable) -> Sequence[Group]:
    """The newest group first, or by the mean of the metric that the table is sorted by; the baseline's is on top, those without a mean
    come last. ``read`` gives the values of columns (:func:`apps.runs.table.measured_values`)."""
    annotated, fields = _keys(state.group)
    rows = runs.annotate(**annotated).order_by("-created_at", "pk").values_list("pk", "is_baseline", *fields)
    found: dict[tuple, Group] = {}
    for pk, pinned, *key in rows:
        group = found.setdefault(tuple(key), Group(tuple(key), []))
        group.members.append(pk)
        group.holds_baseline |= pinned
    by = column_of(state.sort)
    columns = [column for column in state.columns if column.measure]
    columns += [by] if by and by.measure and by not in columns else []
    values = read(runs.order_by().values("pk"), columns)
    for group in found.values():
        for column in columns:
            own = [values[column][pk] for pk in group.members if pk in values[column]]
            if own:
                group.spreads[column.key] = spread_of(own, state.band)
    groups = list(found.values())
    known = [group for group in groups if state.sort in group.spreads]
    known.sort(key=lambda group: group.spreads[state.sort].mean, reverse=state.descending)
    groups = known + [group for group in groups if state.sort not in group.spreads]
    return _Sliced(sorted(groups, key=lambda group: not group.holds_baseline))


def spread_of(values: Sequence[float], band: str) -> Spread:
    mean, count = fmean(values), len(values)
    if band == "range":
        return Spread(mean, min(values), max(values), count)
    if count < 2:
        return Spread(mean, None, None, count)
    half = stdev(values) if all(map(math.isfinite, values)) else math.nan
    if band == "interval":  # Student's, of the mean
        half *= _quantile(count - 1) / math.sqrt(count)
    return Spread(mean, mean - half, mean + half, count)


def _quantile(freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))


def _keys(group: str) -> tuple[dict, list[str]]:
    """What tells groups apart, by the database: annotations, and fields."""
    if group == "seeds":  # as apps.runs.series.setting_of: the seeds of the runs and of their bases may differ
        recipes = {"_recipe": "recipe", "_base_recipe": "base__recipe"}
        texts = {name: MD5(Cast(F(path), TextField())) for name, path in recipes.items()}
        return texts, ["version_id", "base__version_id", "base__base_id", *texts]
    if group == "curriculum":
        return {}, ["version__curriculum_id"]
    if group == "base":
        return {}, ["base_id"]
    return {"_setting": setting_values.text(group.removeprefix("set:"))}, ["_setting"]


def title_of(group: Group, state: State) -> str:
    """The setting that a line of the table stands for, where that is one value."""
    column: Column | None = column_of(state.group)
    return f"{column.title}: {group.key[0] if group.key[0] is not None else 'not said'}" if column else ""
