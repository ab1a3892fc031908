"""The form for the columns of the table: which, in which order, and the condition on each. Every change is an address."""

from django.http import QueryDict

from apps.accounts.models import Project
from apps.metrics.models import Series
from apps.runs import setting_values
from apps.runs.columns import MOST, PLAIN, Column, column_of, columns_of, short
from apps.runs.conditions import PREFIX
from apps.runs.models import Run
from apps.runs.table import domains_of
from apps.runs.table_state import STATE, state_of

CHOICES = 400
#: More metrics than a list shows at a glance: they can be searched.
SEEN_AT_ONCE = 20


def column_form(*, project: Project, query: QueryDict) -> dict:
    """``act`` in the query is what was asked of the form: ``up:KEY``, ``down:KEY``, ``drop:KEY`` or ``add``."""
    state = state_of(query, domains_of(project))
    columns, wrong = _after(state.columns, query)
    shown = {column.key for column in columns}
    word = query.get("find", "").strip()
    metrics, known = _metrics(project, word)
    said = {condition.column.key: condition for condition in state.conditions}
    return {
        "columns": [(column, said.get(column.key)) for column in columns],
        "hidden": [condition for key, condition in said.items() if key not in shown],
        "prefix": PREFIX,
        "kept": [(key, value) for key in STATE if key != "columns" and (value := query.get(key, ""))],
        "choices": _choices(project, shown),
        "metrics": metrics,
        "known": known,
        "find": word,
        "searched": bool(word) or known > SEEN_AT_ONCE,
        "metric": query.get("metric", ""),
        "measure": query.get("measure", "last"),
        "place": query.get("place", ""),
        "wrong": wrong,
    }


def _after(columns: list[Column], query: QueryDict) -> tuple[list[Column], str]:
    """The columns after what was asked, and what was wrong with it."""
    act, _, key = query.get("act", "").partition(":")
    at = next((place for place, column in enumerate(columns) if column.key == key), None)
    columns = list(columns)
    if act == "drop" and at is not None and len(columns) > 1:
        columns.pop(at)
    elif act in ("up", "down") and at is not None:
        columns.insert(max(0, at - 1 if act == "up" else at + 1), columns.pop(at))
    elif act == "add":
        added = _added(query)
        if not added:
            return (
                columns,
                "Choose a fact, a setting or a metric; a value at a step or at tokens needs a whole number, too.",
            )
        if len(columns) >= MOST:
            return columns, f"A table has at most {MOST} columns: take one away first."
        columns = columns_of([*(column.key for column in columns), *added])
    return columns, ""


def _added(query: QueryDict) -> list[str]:
    keys = [query.get("more", "")]
    metric, measure, place = query.get("metric", ""), query.get("measure", "last"), query.get("place", "")
    if metric:
        axis = {"step": "step", "tokens": "tokens"}.get(measure)
        place = place.replace(",", "").replace(" ", "")
        keys.append(f"at:{metric}@{axis}={place}" if axis else f"{measure}:{metric}")
    return [key for key in keys if key and column_of(key)]


def _choices(project: Project, shown: set[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """(what they are of, (key, title) of each) of all that is no metric and no column yet."""
    runs = Run.objects.filter(project=project).order_by()
    of_recipes, of_curricula = {}, {}
    for recipe in runs.values_list("recipe", flat=True).distinct()[:CHOICES]:
        of_recipes |= dict.fromkeys(setting_values.leaves(recipe, "recipe"))
    for draft in runs.values_list("version__draft", flat=True).distinct()[:CHOICES]:
        of_curricula |= dict.fromkeys(setting_values.leaves(draft, "curriculum"))
    of_recipes |= dict.fromkeys(setting_values.defaults())
    groups = [
        ("Runs", list(PLAIN)),
        ("Recipe and model", [f"set:{path}" for path in sorted(of_recipes)]),
        ("Curriculum", [f"set:{path}" for path in of_curricula]),
    ]
    return [
        (name, [(column.key, column.title) for column in map(column_of, keys) if column and column.key not in shown])
        for name, keys in groups
    ]


def _metrics(project: Project, word: str) -> tuple[list[tuple[str, str]], int]:
    """(name, title) of the first metrics that have all the words in their names, and how many have."""
    rows = Series.objects.filter(run__project=project, run__trashed_at=None).order_by("name")
    for part in word.split():
        rows = rows.filter(name__icontains=part)
    names = list(rows.values_list("name", flat=True).distinct()[: CHOICES + 1])
    known = len(names) if len(names) <= CHOICES else rows.order_by().values("name").distinct().count()
    return [(name, _title(name)) for name in names[:CHOICES]], known


def _title(name: str) -> str:
    text = short(name)
    return f"{text} loss" if name.endswith("/loss") and text != name else text
