"""Conditions on the values of columns: ``where:last:code=< 3.5``, ``where:set:recipe.batch_size=16`` in the address."""

import json
import math
import re
from dataclasses import dataclass

from django.db.models import F, FilteredRelation, FloatField, Func, JSONField, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast

from apps.metrics import selectors as metrics
from apps.runs import setting_values
from apps.runs.columns import Column, column_of
from apps.runs.models import Run

PREFIX, MOST = "where:", 20
_SAID = re.compile(r"\s*(?P<operator><=|>=|!=|<|>|=)?\s*(?P<value>.*?)\s*", re.DOTALL)
_LOOKUP = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte", "=": "exact", "!=": "exact"}
WORDS = {"yes": "true", "no": "false"}


class _LookedUp(Func):
    """Values by run that came from chunks, handed to the database once."""

    template, arg_joiner = "((%(expressions)s)::float8)", " ->> "
    output_field = FloatField()


@dataclass(frozen=True, slots=True)
class Condition:
    """``text`` is as it was typed; ``wrong`` says what cannot be understood, and then it leaves out nothing."""

    column: Column
    text: str
    operator: str
    value: str
    number: float | None

    @property
    def key(self) -> str:
        return PREFIX + self.column.key

    @property
    def wrong(self) -> str:
        ordered = self.operator not in ("=", "!=") or self.column.measure or self.column.key == "seed"
        if ordered and self.number is None:
            return f"“{self.text}” is no condition on {self.column.title}: write a number, like < 3.5 or >= 2."
        return ""


def conditions_of(query) -> list[Condition]:
    found = []
    for key in query:
        text = query.get(key, "").strip()[:100]
        column = column_of(key.removeprefix(PREFIX)) if key.startswith(PREFIX) and text else None
        if column and column.conditional:
            said = _SAID.fullmatch(text)
            found.append(Condition(column, text, said["operator"] or "=", said["value"], _number(said["value"])))
    return found[:MOST]


def meeting(runs: QuerySet[Run], conditions: list[Condition]) -> QuerySet[Run]:
    for place, condition in enumerate(conditions):
        if not condition.wrong:
            runs = _meeting(runs, condition, f"_where{place}")
    return runs


def with_value(runs: QuerySet[Run], column: Column, name: str) -> QuerySet[Run]:
    """With the column's value as ``name``: a setting, what a series keeps of itself, or what its chunks say at a place."""
    if column.path:
        return runs.annotate(**{name: setting_values.expression(column.path)})
    if column.measure == "at":
        axis = "tokens" if column.axis == "tokens" else "steps"
        found = metrics.values_at(runs.order_by().values("pk"), column.metric, column.place, axis)
        finite = {str(run): value for run, value in found.items() if math.isfinite(value)}
        return runs.annotate(**{name: _LookedUp(Cast(Value(json.dumps(finite)), JSONField()), Cast("pk", TextField()))})
    series = f"{name}_series"
    joined = runs.annotate(**{series: FilteredRelation("series", condition=Q(series__name=column.metric))})
    return joined.annotate(**{name: F(f"{series}__{column.summary}")})


def _meeting(runs: QuerySet[Run], condition: Condition, name: str) -> QuerySet[Run]:
    column, lookup = condition.column, _LOOKUP[condition.operator]
    value = condition.number
    if column.key == "seed":
        runs = runs.annotate(**{name: Cast("seed", FloatField())})
    elif column.measure:
        runs = with_value(runs, column, name)
    elif value is not None:
        runs = runs.annotate(**{name: setting_values.number(column.path)})
    else:
        runs, value = runs.annotate(**{name: setting_values.text(column.path)}), condition.value.lower()
        if value in ("", "none"):
            return runs.filter(**{f"{name}__isnull": condition.operator == "="})
        value = WORDS.get(value, value)
    met = Q(**{f"{name}__{lookup}": value})
    # What has no value at all is neither equal nor different.
    return runs.filter(~met, **{f"{name}__isnull": False}) if condition.operator == "!=" else runs.filter(met)


def _number(text: str) -> float | None:
    """With or without commas between thousands; None where it is no finite number."""
    try:
        value = float(text.replace(",", "").replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        return None
    return value if value - value == 0 else None
