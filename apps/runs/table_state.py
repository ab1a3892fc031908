"""What the address of the table of runs asks for. What it does not know is left out; what cannot be understood is said."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict

from apps.jobs.models import Status
from apps.runs import setting_values
from apps.runs.columns import DEFAULT, Column, column_of, columns_of
from apps.runs.conditions import PREFIX, Condition, conditions_of

#: Domains whose last loss is shown unless other columns are chosen.
DOMAINS_SHOWN = 3
GROUPS = {
    "seeds": "Mean over seeds",
    "curriculum": "By curriculum",
    "base": "By what they start from",
}
#: What an address says of the table, besides conditions.
STATE = ("q", "status", "curriculum", "tag", "starred", "sort", "group", "band", "columns")
#: key -> what the band around a mean is called
BANDS = {"range": "range", "deviation": "standard deviation", "interval": "95 % interval"}


@dataclass(frozen=True, slots=True)
class State:
    """``chosen``: the address names columns; otherwise the usual ones are shown. ``group`` empty: a line a run."""

    word: str
    status: str
    curriculum: str
    tag: str
    starred: bool
    sort: str
    descending: bool
    columns: list[Column]
    chosen: bool
    conditions: list[Condition]
    group: str
    band: str

    @property
    def is_filtered(self) -> bool:
        return bool(self.word or self.status or self.curriculum or self.tag or self.starred or self.conditions)

    @property
    def band_words(self) -> str:
        return BANDS[self.band]

    @property
    def missed(self) -> str:
        """What is said where no run has all that is asked for."""
        if self.conditions:
            return "No run meets all of this: take a condition away."
        star = ", and a star of yours" if self.starred else ""
        return f"No run has this in its name, its curriculum's or its notes, in this state{star}."


def state_of(query: QueryDict, domains: Sequence[str]) -> State:
    """``domains``: those whose losses are shown where the address names no columns."""
    columns = columns_of(query.getlist("columns"))
    chosen = bool(columns)
    if not chosen:
        losses = [f"last:{name}" if "/" not in name else f"last:eval/heldout/{name}/loss" for name in domains]
        columns = columns_of([*DEFAULT[:-1], *losses[:DOMAINS_SHOWN], DEFAULT[-1]])
    sort = query.get("sort", "")
    by = column_of(sort.removeprefix("-"))
    if sort.removeprefix("-") != "name" and not (by and by.sortable):
        sort = "-asked"
    status, curriculum, group, band = (query.get(key, "") for key in ("status", "curriculum", "group", "band"))
    return State(
        word=query.get("q", "").strip(),
        status=status if status in Status.values else "",
        curriculum=curriculum if _is_id(curriculum) else "",
        tag=query.get("tag", "").strip(),
        starred=query.get("starred") == "yes",
        sort=sort.removeprefix("-"),
        descending=sort.startswith("-"),
        columns=columns,
        chosen=chosen,
        conditions=conditions_of(query),
        group=group if group in GROUPS or _is_setting(group) else "",
        band=band if band in BANDS else "range",
    )


def canonical(query: QueryDict) -> str:
    """What of an address says how the table looks, always in one spelling; empty for the table as it is without any."""
    left_out = {("sort", "-asked"), ("band", "range")} | (
        set() if query.get("group") else {("band", query.get("band"))}
    )
    said = [
        (key, value)
        for key in sorted(query)
        if key in STATE or (key.startswith(PREFIX) and "\x00" not in key)
        for value in (query.getlist(key) if key == "columns" else [query.get(key, "").strip()])
        if value and "\x00" not in value and (key, value) not in left_out
    ]
    return urlencode(said)


def group_choices(state: State) -> list[tuple[str, str]]:
    """(key, words): the usual ones, the settings that are columns, and the one that is asked for."""
    settings = [column for column in state.columns if column.path]
    if _is_setting(state.group) and state.group not in {column.key for column in settings}:
        settings.append(column_of(state.group))
    return [*GROUPS.items(), *((column.key, f"By {column.title[:1].lower()}{column.title[1:]}") for column in settings)]


def _is_setting(group: str) -> bool:
    return group.startswith("set:") and bool(setting_values.keys_of(group.removeprefix("set:")))


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
