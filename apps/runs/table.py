"""The table of a project's runs. Its address is its state: filters, sorting, columns and page; queries do not grow with rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import F, Q, QuerySet
from django.http import QueryDict

from apps.accounts.models import Project, User
from apps.common.templatetags.ui import STATES
from apps.curricula.models import Curriculum
from apps.jobs.models import TERMINAL, Status
from apps.metrics import selectors as metrics
from apps.metrics.models import Series
from apps.runs import conditions, marks, saved_views, setting_values
from apps.runs.columns import PLAIN, Column, column_of
from apps.runs.groups import page_of_groups
from apps.runs.models import Run
from apps.runs.selectors import model_of, phases_of
from apps.runs.series import SUITE
from apps.runs.table_state import BANDS, State, canonical, group_choices, state_of

PAGE = 50
#: The newest runs, whose domains are those that the table shows unless columns are chosen.
NEWEST = 50
#: What a line does not show; its recipe says whether it starts from averaged weights.
LARGE = ("document", "certificate", "version__document", "version__draft")
LARGE += ("base__document", "base__certificate", "base__recipe", "base__notes")


@dataclass(slots=True)
class Line:
    """A run with the values of its row, by column."""

    run: Run
    starred: bool = False
    values: dict[str, Any] = field(default_factory=dict)


def table_page(*, project: Project, user: User, query: QueryDict) -> dict:
    """What the page shows: ``state``, ``page`` of lines or groups, and the choices of filters."""
    state = state_of(query, domains_of(project))
    runs = Run.objects.visible_to(user).filter(project=project)
    page = _page(filtered(runs, state, user), state, query.get("page"), user)
    tags = {tag for tags in runs.exclude(tags=[]).order_by().values_list("tags", flat=True).distinct() for tag in tags}
    return {
        "state": state,
        "page": page,
        "shown": {column.key for column in state.columns},
        "statuses": [(status.value, STATES[status.value][0]) for status in Status],
        "curricula": Curriculum.objects.filter(project=project, versions__runs__isnull=False).distinct(),
        "tags": sorted(tags, key=str.casefold),
        "groups": group_choices(state),
        "bands": BANDS.items(),
        "conditions": [(condition, _without(query, condition.key)) for condition in state.conditions],
        "views": saved_views.views_of(project),
        "address": canonical(query),
        "live": _is_live(page, state),
    }


def domains_of(project: Project) -> list[str]:
    """The domains on which one of the newest runs was evaluated, by name."""
    prefix, suffix = f"eval/{SUITE}/", "/loss"
    newest = Run.objects.filter(project=project).order_by("-created_at").values("pk")[:NEWEST]
    rows = Series.objects.filter(run__in=newest, name__startswith=prefix, name__endswith=suffix)
    names = rows.order_by("name").values_list("name", flat=True).distinct()
    return [name.removeprefix(prefix).removesuffix(suffix) for name in names]


def filtered(runs: QuerySet[Run], state: State, user: User) -> QuerySet[Run]:
    if state.word:
        runs = runs.filter(
            Q(name__icontains=state.word)
            | Q(version__curriculum__name__icontains=state.word)
            | Q(notes__icontains=state.word)
        )
    if state.status:
        runs = runs.filter(job__status=state.status)
    if state.curriculum:
        runs = runs.filter(version__curriculum=state.curriculum)
    if state.starred:
        runs = runs.filter(stars__user=user)
    if state.tag:
        runs = runs.filter(tags__contains=[state.tag])
    return conditions.meeting(runs, state.conditions)


def _ordered(runs: QuerySet[Run], state: State) -> Sequence[UUID]:
    """The runs' ids in order, the baseline on top; those without a value come last, whichever the direction."""
    column = column_of(state.sort)
    if column and (column.measure or column.path):
        rows, order = conditions.with_value(runs, column, "_sort"), "_sort"
    else:
        rows = runs.annotate(took=F("job__finished_at") - F("job__started_at"))
        order = "name" if state.sort == "name" else PLAIN[state.sort][1]
    by = F(order).desc(nulls_last=True) if state.descending else F(order).asc(nulls_last=True)
    return rows.order_by("-is_baseline", by, "-created_at", "pk").values_list("pk", flat=True)


def _lines(ids: list[UUID], columns: list[Column], user: User) -> list[Line]:
    rows = Run.objects.filter(pk__in=ids).select_related("job", "version__curriculum", "base").defer(*LARGE)
    if any(column.path or column.key in ("model", "tokens") for column in columns):
        rows = rows.defer(None).defer("base__document", "certificate").select_related("plan__artifact", "checkpoint")
    runs = {run.pk: run for run in rows}
    starred = marks.starred_of(user=user, run_ids=ids)
    lines = [Line(runs[pk], pk in starred) for pk in ids if pk in runs]  # others went to the trash meanwhile
    for line in lines:
        if any(column.key == "tokens" for column in columns):
            line.values["tokens"] = phases_of(line.run)[-1]["stop"]
        if any(column.key == "model" for column in columns):
            line.values["model"] = model_of(line.run)
        line.values |= {column.key: setting_values.value_of(line.run, column.path) for column in columns if column.path}
    for column, values in measured_values(ids, columns).items():
        for line in lines:
            line.values[column.key] = values.get(line.run.pk)
    return lines


def measured_values(ids, columns: Sequence[Column]) -> dict[Column, dict[UUID, float]]:
    """By column that shows a metric its value of each run that has one; one query for all last and best values."""
    kept = [column for column in columns if column.measure in ("last", "best")]
    found = {column: {} for column in columns if column.measure}
    by_name: dict[str, list[Column]] = {}
    for column in kept:
        by_name.setdefault(column.metric, []).append(column)
    for (run, name), summary in (metrics.summaries(ids, list(by_name)) if kept else {}).items():
        for column in by_name[name]:
            if (value := column.pick(summary)) is not None:
                found[column][run] = value
    for column in found:
        if column.measure == "at":
            axis = "tokens" if column.axis == "tokens" else "steps"
            found[column] = metrics.values_at(ids, column.metric, column.place, axis)
    return found


def _page(runs: QuerySet[Run], state: State, number: str | None, user: User) -> Page:
    """Of :class:`Line`, or of groups where the address asks for them."""
    if state.group:
        return page_of_groups(runs, state, number, PAGE)
    page = Paginator(_ordered(runs, state), PAGE).get_page(number)
    page.object_list = _lines(list(page.object_list), state.columns, user)
    return page


def _is_live(page: Page, state: State) -> bool:
    rows = page.object_list
    runs = [run for group in rows for run in group.runs] if state.group else [line.run for line in rows]
    return any(run.job.status not in TERMINAL for run in runs)


def _without(query: QueryDict, key: str) -> str:
    rest = query.copy()
    for gone in (key, "page"):
        rest.pop(gone, None)
    return f"?{rest.urlencode() or 'view=all'}"  # an empty address is the default view's
