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
from apps.runs import marks
from apps.runs.groups import groups_of
from apps.runs.models import Run
from apps.runs.selectors import model_of, phases_of
from apps.runs.series import SUITE

PAGE = 50
#: key -> (head of the column, what the database sorts by; None: not sorted by it)
COLUMNS = {
    "state": ("State", "job__status"),
    "curriculum": ("Curriculum", "version__curriculum__name"),
    "base": ("Starts from", "base__name"),
    "model": ("Model", None),
    "seed": ("Seed", "seed"),
    "tokens": ("Tokens", None),
    "took": ("Took", "took"),
    "tags": ("Tags", None),
    "asked": ("Asked for", "created_at"),
}
DEFAULT = ("state", "curriculum", "base", "seed", "asked")
#: Domains whose last loss is shown unless other columns are chosen.
DOMAINS_SHOWN = 3
MEASURES = {"last": "last", "best": "lowest"}


@dataclass(frozen=True, slots=True)
class Column:
    """``key``: as in the address. ``measure`` and ``domain`` where it shows a loss."""

    key: str
    title: str
    sortable: bool
    measure: str = ""
    domain: str = ""

    @property
    def numeric(self) -> bool:
        return bool(self.measure) or self.key in ("seed", "tokens", "took")

    @property
    def metric(self) -> str:
        return f"eval/{SUITE}/{self.domain}/loss"


@dataclass(slots=True)
class Line:
    """A run with the values of its row, by column."""

    run: Run
    starred: bool = False
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class State:
    """What an address asks for; what it does not know is left out."""

    word: str
    status: str
    curriculum: str
    tag: str
    starred: bool
    sort: str
    descending: bool
    columns: list[Column]
    grouped: bool

    @property
    def is_filtered(self) -> bool:
        return bool(self.word or self.status or self.curriculum or self.tag or self.starred)

    @property
    def missed(self) -> str:
        """What is said where no run has all that is asked for."""
        star = ", and a star of yours" if self.starred else ""
        return f"No run has this in its name, its curriculum's or its notes, in this state{star}."


def table_page(*, project: Project, user: User, query: QueryDict) -> dict:
    """What the page shows: ``state``, ``page`` of lines or groups, and the choices of filters and columns."""
    every = columns_of(domains_of(project))
    state = state_of(query, every)
    runs = Run.objects.visible_to(user).filter(project=project)
    page = _page(_filtered(runs, state, user), state, query.get("page"), user)
    tags = {tag for tags in runs.exclude(tags=[]).order_by().values_list("tags", flat=True) for tag in tags}
    return {
        "state": state,
        "page": page,
        "every_column": every,
        "shown": {column.key for column in state.columns},
        "statuses": [(status.value, STATES[status.value][0]) for status in Status],
        "curricula": Curriculum.objects.filter(project=project, versions__runs__isnull=False).distinct(),
        "tags": sorted(tags, key=str.casefold),
        "live": _is_live(page, state),
    }


def columns_of(domains: Sequence[str]) -> list[Column]:
    plain = [Column(key, title, bool(order)) for key, (title, order) in COLUMNS.items()]
    measured = [
        Column(f"{measure}:{domain}", f"{domain}, {word}", True, measure, domain)
        for domain in domains
        for measure, word in MEASURES.items()
    ]
    return [*plain[:-2], *measured, *plain[-2:]]


def domains_of(project: Project) -> list[str]:
    """The domains on which a run of the project was evaluated, by name."""
    prefix, suffix = f"eval/{SUITE}/", "/loss"
    rows = Series.objects.filter(run__project=project, name__startswith=prefix, name__endswith=suffix)
    names = rows.order_by("name").values_list("name", flat=True).distinct()
    return [name.removeprefix(prefix).removesuffix(suffix) for name in names]


def state_of(query: QueryDict, every: list[Column]) -> State:
    known = {column.key: column for column in every}
    asked = [known[key] for key in dict.fromkeys(query.getlist("columns")) if key in known]
    if not asked:
        losses = [column for column in every if column.measure == "last"][:DOMAINS_SHOWN]
        asked = [column for column in every if column.key in DEFAULT or column in losses]
    sort = query.get("sort", "")
    key = sort.removeprefix("-")
    if key != "name" and not (key in known and known[key].sortable):
        sort = "-asked"
    status, curriculum = query.get("status", ""), query.get("curriculum", "")
    return State(
        word=query.get("q", "").strip(),
        status=status if status in Status.values else "",
        curriculum=curriculum if _is_id(curriculum) else "",
        tag=query.get("tag", "").strip(),
        starred=query.get("starred") == "yes",
        sort=sort.removeprefix("-"),
        descending=sort.startswith("-"),
        columns=[column for column in every if column in asked],
        grouped=query.get("group") == "seeds",
    )


def _filtered(runs: QuerySet[Run], state: State, user: User) -> QuerySet[Run]:
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
    return runs.filter(tags__contains=[state.tag]) if state.tag else runs


def _ordered(runs: QuerySet[Run], state: State) -> Sequence[UUID]:
    """The runs' ids in order, the baseline on top; those without a value come last, whichever the direction."""
    measure, _, domain = state.sort.partition(":")
    newest = runs.order_by("-is_baseline", "-created_at", "pk")
    if measure in MEASURES:
        ids = list(newest.values_list("pk", flat=True))
        read = metrics.last_values if measure == "last" else metrics.lowest_values
        name = f"eval/{SUITE}/{domain}/loss"
        values = {run: value for (run, _), value in read(ids, [name]).items() if value == value}
        measured = sorted((pk for pk in ids if pk in values), key=values.__getitem__, reverse=state.descending)
        top = list(newest.filter(is_baseline=True).values_list("pk", flat=True))
        return [*top, *(pk for pk in [*measured, *(pk for pk in ids if pk not in values)] if pk not in top)]
    order = "name" if state.sort == "name" else COLUMNS[state.sort][1]
    rows = runs.annotate(took=F("job__finished_at") - F("job__started_at"))
    by = F(order).desc(nulls_last=True) if state.descending else F(order).asc(nulls_last=True)
    return rows.order_by("-is_baseline", by, "-created_at", "pk").values_list("pk", flat=True)


def _lines(ids: list[UUID], columns: list[Column], user: User) -> list[Line]:
    rows = Run.objects.filter(pk__in=ids).defer("document", "certificate", "recipe")
    rows = rows.select_related("job", "version__curriculum", "plan__artifact", "base", "checkpoint")
    if {"model", "tokens"} & {column.key for column in columns}:
        rows = rows.defer(None)
    runs = {run.pk: run for run in rows}
    starred = marks.starred_of(user=user, run_ids=ids)
    lines = [Line(runs[pk], pk in starred) for pk in ids]
    for measure, read in (("last", metrics.last_values), ("best", metrics.lowest_values)):
        wanted = [column for column in columns if column.measure == measure]
        found = read(ids, [column.metric for column in wanted]) if wanted else {}
        for line in lines:
            line.values |= {column.key: found.get((line.run.pk, column.metric)) for column in wanted}
    for line in lines:
        if any(column.key == "tokens" for column in columns):
            line.values["tokens"] = phases_of(line.run)[-1]["stop"]
        if any(column.key == "model" for column in columns):
            line.values["model"] = model_of(line.run)
    return lines


def _page(runs: QuerySet[Run], state: State, number: str | None, user: User) -> Page:
    """Of :class:`Line`, or of groups where the address asks for them."""
    if state.grouped:
        groups = groups_of(runs, state.columns, sort=state.sort, descending=state.descending)
        return Paginator(groups, PAGE).get_page(number)
    page = Paginator(_ordered(runs, state), PAGE).get_page(number)
    page.object_list = _lines(list(page.object_list), state.columns, user)
    return page


def _is_live(page: Page, state: State) -> bool:
    rows = page.object_list
    runs = [run for group in rows for run in group.runs] if state.grouped else [line.run for line in rows]
    return any(run.job.status not in TERMINAL for run in runs)


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
