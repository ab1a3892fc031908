"""What the page of the search and the palette show."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.urls import Resolver404, resolve

from apps.accounts.models import Project, User
from apps.search import selectors
from apps.search.kinds import KINDS
from apps.search.places import offered

#: Rows a kind: in the palette, and on the page, where one kind alone shows more.
BRIEFLY, WHOLE, ALONE = 5, 10, 100
#: Addresses that a browser may name as opened before.
REMEMBERED = 12


def project_of(user: User, key: str) -> Project | None:
    """The project that one is in, if it is one's own."""
    try:
        return Project.objects.visible_to(user).filter(pk=UUID(key)).first()
    except ValueError:
        return None


def palette(user: User, text: str, here: Project | None, opened: Iterable[str] = ()) -> dict:
    """At most so many rows as a keyboard passes quickly: the better match first, whatever it is.

    Without words, what was ``opened`` last comes first: addresses that the browser remembers.
    """
    groups = selectors.find(user, text, limit=BRIEFLY, here=here.pk if here else None)
    if not text.strip() and (rows := selectors.named(user, _kinds_of(opened))[:BRIEFLY]):
        groups = [selectors.Group("recent", "Opened last", rows)]
    around = offered(user, text, here, acts=True)
    if text.strip():
        around = [selectors.Group(g.name, g.words, g.rows[:BRIEFLY], len(g.rows) > BRIEFLY) for g in around]
    return {"groups": sorted([*groups, *around], key=lambda group: group.rank), "q": text.strip()}


def _kinds_of(addresses: Iterable[str]) -> Iterator[tuple[str, UUID]]:
    """(kind, key) of the addresses that are pages of what can be found; others are passed over."""
    pages = {kind.page: kind.name for kind in KINDS.values() if not kind.anchor}
    for address in list(addresses)[:REMEMBERED]:
        try:
            match = resolve(address)
        except Resolver404:
            continue
        if match.view_name in pages:
            yield pages[match.view_name], match.kwargs["pk"]


def page(user: User, text: str, kind: str, here: Project | None) -> dict:
    kinds, limit = ([kind], ALONE) if kind in KINDS else (list(KINDS), WHOLE)
    groups = selectors.find(user, text, limit=limit, here=here.pk if here else None, kinds=kinds)
    if kind not in KINDS:
        groups = sorted([*groups, *offered(user, text, here)], key=lambda group: group.rank) if text.strip() else []
    return {"groups": groups, "q": text.strip(), "kind": kind if kind in KINDS else "", "alone": ALONE, "here": here}
