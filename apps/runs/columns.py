"""The columns of the table of runs, each named by a key of the address:

``seed``, ``state``, ... of the run itself; ``last:METRIC`` and ``best:METRIC`` (a domain's name alone stands for its held-out loss);
``at:METRIC@step=100`` and ``at:METRIC@tokens=4000000``; ``set:recipe.batch_size``, any setting.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from apps.common.templatetags.ui import brief
from apps.runs import setting_values
from apps.runs.series import SUITE

#: key -> (head of the column, what the database sorts by; None: not sorted by it)
PLAIN = {
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
MEASURES = {"last": "last", "best": "best"}
#: Measures of which more is better: their best is the highest.
RISING = re.compile(r"(accuracy|exact_match|f1|bleu|rouge)[^/]*$")
MOST = 40
_AT = re.compile(r"(?P<metric>.+)@(?P<axis>step|tokens)=(?P<place>\d{1,15})")


@dataclass(frozen=True, slots=True)
class Column:
    """``measure``: last, best, at or empty; ``metric`` with it. ``path``: of a setting."""

    key: str
    title: str
    sortable: bool = True
    measure: str = ""
    metric: str = ""
    place: int = 0
    axis: str = ""
    path: str = ""

    @property
    def numeric(self) -> bool:
        return bool(self.measure) or self.key in ("seed", "tokens", "took")

    @property
    def conditional(self) -> bool:
        """Whether a condition on its value can be asked for."""
        return bool(self.measure or self.path) or self.key == "seed"

    @property
    def rises(self) -> bool:
        return bool(RISING.search(self.metric))

    def pick(self, summary: tuple) -> float | None:
        """Its value out of a series' (last, lowest, highest)."""
        last, lowest, highest = summary
        return last if self.measure == "last" else highest if self.rises else lowest

    @property
    def summary(self) -> str:
        """The field of a series that holds its value."""
        return "last" if self.measure == "last" else "highest" if self.rises else "lowest"


def column_of(key: str) -> Column | None:
    """None where a key names no column."""
    if key in PLAIN:
        title, order = PLAIN[key]
        return Column(key, title, bool(order))
    kind, _, rest = key.partition(":")
    if kind == "set" and setting_values.keys_of(rest):
        return Column(key, setting_values.label_of(rest), path=rest)
    if kind in MEASURES and 0 < len(rest) <= 200:
        return Column(key, f"{short(metric_of(rest))}, {MEASURES[kind]}", measure=kind, metric=metric_of(rest))
    if kind == "at" and len(rest) <= 230 and (found := _AT.fullmatch(rest)):
        metric, axis, place = metric_of(found["metric"]), found["axis"], int(found["place"])
        words = f"at {brief(place)} tokens" if axis == "tokens" else f"at step {place:,}"
        return Column(key, f"{short(metric)} {words}", measure="at", metric=metric, place=place, axis=axis)
    return None


def columns_of(keys: Iterable[str]) -> list[Column]:
    found = [column_of(key) for key in dict.fromkeys(keys)]
    return [column for column in found if column][:MOST]


def metric_of(name: str) -> str:
    return name if "/" in name else f"eval/{SUITE}/{name}/loss"


def short(metric: str) -> str:
    """eval/heldout/code/loss -> code; another measure of it -> code accuracy; train/loss stays."""
    prefix, _, rest = metric.partition(f"eval/{SUITE}/")
    if prefix or not rest:
        return metric.removeprefix("eval/").replace("_", " ")
    domain, _, measure = rest.rpartition("/")
    return domain if measure == "loss" else f"{domain} {measure.replace('_', ' ')}"
