"""Reads of the search: everything that a person may see, found by words or by the beginning of an id, in one query."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Case, F, IntegerField, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast

from apps.accounts.models import User
from apps.search.kinds import KINDS, Kind

#: Words beyond these are not looked for, and letters beyond these not read.
WORDS, LETTERS = 8, 200
DESCRIBED = ("found_kind", "pk", "found_project", "found_title", "found_under")
#: An id is recognised from so many of its digits on.
DIGITS = 6


@dataclass(frozen=True, slots=True)
class Found:
    title: str
    url: str
    under: str = ""
    rank: int = 3
    key: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind, the best first; ``more``: there is more than is shown."""

    name: str
    words: str
    rows: list[Found] = field(default_factory=list)
    more: bool = False

    @property
    def rank(self) -> int:
        return min((row.rank for row in self.rows), default=9)


def terms(text: str) -> list[str]:
    return text[:LETTERS].split()[:WORDS]


def find(user: User, text: str, *, limit: int, here: UUID | None = None, kinds: Iterable[str] = KINDS) -> list[Group]:
    """Groups of at most ``limit`` rows, the kind with the best match first. Rows of the project ``here`` come before others as good.

    One query however many kinds and rows there are; none where nothing is asked.
    """
    wanted = terms(text)
    if not wanted:
        return []
    parts = [_rows(KINDS[name], user, wanted, here)[: limit + 1] for name in kinds]
    groups = {name: Group(name, KINDS[name].words) for name in kinds}
    found = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    for name, pk, project, title, under, rank, *_ in sorted(found, key=_order):
        groups[name].rows.append(Found(KINDS[name].title(title), KINDS[name].url(pk, project), under, rank, str(pk)))
    shown = [Group(g.name, g.words, g.rows[:limit], len(g.rows) > limit) for g in groups.values() if g.rows]
    return sorted(shown, key=lambda group: group.rank)


def named(user: User, opened: Iterable[tuple[str, UUID]]) -> list[Found]:
    """The rows of these (kind, key), in this order, as far as the person may still see them; one query."""
    keys = list(dict.fromkeys(opened))
    parts = []
    for name in dict.fromkeys(name for name, _ in keys):
        rows = KINDS[name].model.objects.visible_to(user).filter(pk__in=[pk for kind, pk in keys if kind == name])
        parts.append(_described(rows.order_by(), KINDS[name]).values_list(*DESCRIBED))
    rows = parts[0].union(*parts[1:], all=True) if parts else []
    there = {
        (name, pk): Found(KINDS[name].title(title), KINDS[name].url(pk, of), under, 0, str(pk))
        for name, pk, of, title, under in rows
    }
    return [there[key] for key in keys if key in there]


def matches(wanted: list[str], texts: Iterable[str]) -> int | None:
    """How well words fit texts of which the first is the name; None where one of them is nowhere. Smaller is better."""
    name, *others = (text.lower() for text in texts)
    asked = [word.lower() for word in wanted]
    if not all(any(word in text for text in (name, *others)) for word in asked):
        return None
    whole = " ".join(asked)
    return 0 if name == whole else 1 if name.startswith(whole) else 2 if all(word in name for word in asked) else 3


def _rows(kind: Kind, user: User, wanted: list[str], here: UUID | None) -> QuerySet:
    """(kind, key, project, name, where it is, rank, 0 where it is here, moment) of one kind, the best first."""
    whole, in_name, fits = " ".join(wanted), Q(), Q()
    for word in wanted:
        in_name &= Q(**{f"{kind.named}__icontains": word})
        somewhere = Q(**{f"{kind.named}__icontains": word})
        for column in kind.read:
            somewhere |= Q(**{f"{column}__icontains": word})
        fits &= somewhere
    ranks = [
        When(**{f"{kind.named}__iexact": whole}, then=0),
        When(**{f"{kind.named}__istartswith": whole}, then=1),
        When(in_name, then=2),
    ]
    if span := _ids(whole):
        by_id = Q(pk__range=span)
        fits, ranks = fits | by_id, [When(by_id, then=0), *ranks]
    elsewhere = Case(When(**{kind.project: here}, then=0), default=1, output_field=IntegerField()) if here else Value(1)
    rows = kind.model.objects.visible_to(user).filter(fits).order_by()
    rows = _described(rows, kind).annotate(
        rank=Case(*ranks, default=3, output_field=IntegerField()), elsewhere=elsewhere
    )
    return rows.order_by("rank", "elsewhere", "-created_at").values_list(*DESCRIBED, "rank", "elsewhere", "created_at")


def _described(rows: QuerySet, kind: Kind) -> QuerySet:
    return rows.annotate(
        found_kind=Value(kind.name, TextField()),
        found_project=F(kind.project),
        found_title=Cast(kind.named, TextField()),
        found_under=Cast(_under(kind), TextField()),
    )


def _under(kind: Kind):
    if kind.name == "project":
        return Value("")
    return F(kind.project.removesuffix("_id") + "__name")


def _order(row: tuple):
    return row[5], row[6], -row[7].timestamp()


def _ids(text: str) -> tuple[UUID, UUID] | None:
    """The first and the last id that begin with these digits, so that the primary key's index finds them."""
    digits = text.replace("-", "").lower()
    if not DIGITS <= len(digits) <= 32 or set(digits) - set("0123456789abcdef"):
        return None
    return UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
