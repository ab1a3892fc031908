"""Runs of one setting as one line: the mean of a metric over them, with a band that says what it is."""

import functools
import math
from dataclasses import dataclass, field
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg, BoolOr
from django.core.paginator import Page, Paginator
from django.db.models import Avg, Case, Count, F, FloatField, Max, Min, Q, QuerySet, StdDev, TextField, Value, When
from django.db.models.functions import MD5, Cast
from django.utils.text import Truncator

from apps.common.templatetags.ui import plain
from apps.runs import setting_values
from apps.runs.columns import Column, column_of
from apps.runs.conditions import with_value
from apps.runs.models import Run
from apps.runs.table_state import State

#: Runs that a line names, and runs that a comparison holds.
NAMED, COMPARED = 6, 50
#: Of a named run, what a line shows.
SHOWN = ("name", "seed", "created_at", "job__status", "job__kind", "job__cancel_requested")
SHOWN += ("version__number", "version__curriculum__name", "base__name")
AGGREGATES = {
    "runs": Count,
    "mean": lambda value: Avg(_bounded(value)),
    "low": Min,
    "high": Max,
    "deviation": lambda value: StdDev(_bounded(value), sample=True),
}
#: Of larger ones the database cannot add up the squares, and refuses: their mean is infinite, and they have no deviation.
LARGEST = 1e150


@dataclass(frozen=True, slots=True)
class Spread:
    """Of one metric over those ``runs`` (their number) that have it. ``low`` and ``high`` are None where one run has no band."""

    mean: float
    low: float | None
    high: float | None
    runs: int


@dataclass(slots=True)
class Group:
    """``count`` runs with one ``key``. ``members``: the ids of the newest; ``runs``: those that are named, by seed; ``spreads`` by column."""

    key: tuple
    count: int
    members: list[UUID]
    holds_baseline: bool
    spreads: dict[str, Spread]
    runs: list[Run] = field(default_factory=list)

    @property
    def first(self) -> Run:
        return self.runs[0]

    @property
    def more(self) -> int:
        return self.count - len(self.runs)

    @property
    def ids(self) -> str:
        """For the address of a comparison."""
        named = [run.pk for run in self.runs]
        return ",".join(map(str, [*named, *(pk for pk in self.members if pk not in set(named))]))


def page_of_groups(runs: QuerySet[Run], state: State, number: str | None, size: int) -> Page:
    """The newest group first, or by the mean of the metric that the table is sorted by; the baseline's is on top, those without a
    mean come last. The database makes the groups: three queries, however many runs and groups there are, but for values at a place."""
    annotated, fields = _keys(state.group)
    runs = runs.order_by().annotate(**annotated)
    count = runs.values(*fields).distinct().count()
    by = column_of(state.sort)
    columns = [column for column in state.columns if column.measure]
    columns += [by] if by and by.measure and by not in columns else []
    said = {}
    for place, column in enumerate(columns):
        value = f"_value{place}"
        runs = with_value(runs, column, value)
        said |= {f"_{name}{place}": made(value) for name, made in AGGREGATES.items()}
    rows = runs.values(*fields).annotate(
        _count=Count("pk"),
        _newest=Max("created_at"),
        _baseline=BoolOr("is_baseline"),
        _ids=ArrayAgg("pk", order_by=("-created_at", "pk")),
        **said,
    )
    order = ["-_baseline", "-_newest"]
    if by in columns:
        mean = F(f"_mean{columns.index(by)}")
        order.insert(1, mean.desc(nulls_last=True) if state.descending else mean.asc(nulls_last=True))
    paginator = Paginator(rows.order_by(*order), size)
    paginator.count = count
    page = paginator.get_page(number)
    page.object_list = _filled([_group(row, fields, columns, state.band) for row in page.object_list])
    return page


def _group(row: dict, fields: list[str], columns: list[Column], band: str) -> Group:
    spreads = {}
    for place, column in enumerate(columns):
        count, *known = (row[f"_{name}{place}"] for name in AGGREGATES)
        if count:
            spreads[column.key] = spread_of(*known, count, band)
    key = tuple(row[name] for name in fields)
    return Group(key, row["_count"], row["_ids"][:COMPARED], row["_baseline"], spreads)


def _filled(groups: list[Group]) -> list[Group]:
    """With the runs that are named, fetched for all of them at once."""
    named = {pk: group for group in groups for pk in group.members[:NAMED]}
    rows = Run.objects.filter(pk__in=named).select_related("job", "version__curriculum", "base").only(*SHOWN)
    for run in rows.order_by("seed", "created_at"):
        named[run.pk].runs.append(run)
    return [group for group in groups if group.runs]  # those of others went to the trash meanwhile


def spread_of(mean: float, low: float, high: float, deviation: float | None, count: int, band: str) -> Spread:
    """``deviation`` is that of the sample, None of one run, and no number where a value is too large."""
    if band == "range":
        return Spread(mean, low, high, count)
    if deviation is None:
        return Spread(mean, None, None, count)
    half = deviation
    if band == "interval":  # Student's, of the mean
        half *= _quantile(count - 1) / math.sqrt(count)
    return Spread(mean, mean - half, mean + half, count)


@functools.cache
def _quantile(freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))


def _bounded(value: str) -> Case:
    up, down = Q(**{f"{value}__gt": LARGEST}), Q(**{f"{value}__lt": -LARGEST})
    bounds = When(up, then=Value(math.inf)), When(down, then=Value(-math.inf))
    return Case(*bounds, default=F(value), output_field=FloatField())


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
    return {"_setting": setting_values.expression(group.removeprefix("set:"))}, ["_setting"]


def title_of(group: Group, state: State) -> str:
    """The setting that a line of the table stands for, where that is one value."""
    column: Column | None = column_of(state.group)
    if not column:
        return ""
    said = "not said" if group.key[0] is None else Truncator(plain(group.key[0])).chars(60)
    return f"{column.title}: {said}"
