"""What the palette offers beside rows: pages to go to, things to do, and the help of every method."""

from dataclasses import dataclass

from django.urls import reverse

from apps.accounts.models import Project, Role, User
from apps.common.methods import all_methods
from apps.common.roles import EDITORS, role_of
from apps.common.templatetags.ui import TABS
from apps.search.selectors import Found, Group, matches, terms

#: What an editor begins in a project: (words, URL name, other words that mean it).
BEGIN = (
    ("New run", "runs:new", "train start launch experiment"),
    ("New curriculum", "curricula:new", "compose order mixture recipe"),
    ("Register a dataset", "datasets:register", "import upload new data file"),
    ("Score samples", "scores:new", "new score set"),
    ("Upload scores", "scores:upload", "import score set csv"),
    ("Train a tokenizer", "tokenizers:train", "new vocabulary"),
    ("New study", "studies:new", "seeds experiment question"),
    ("New suite of questions", "evaluations:new", "evaluation benchmark"),
    ("Import a curriculum", "curricula:import", "yaml recipe"),
)
#: Pages of a project that its tabs do not name.
MORE = (
    ("Studies", "studies:list", ""),
    ("Evaluation suites", "evaluations:list", "questions benchmark"),
    ("Members and invitations", "accounts:members", "people team roles invite"),
    ("Storage", "trash:storage", "disk space"),
    ("Trash", "trash:list", "deleted restore undo"),
)
#: Those that open to its owners alone.
OWNERS = (
    ("Webhooks", "webhooks:list", "notify"),
    ("Audit of this project", "audit:project", "history log who"),
)
#: Pages of everybody: what the palette also does without leaving the page is named by ``act``.
EVERYWHERE = (
    ("Home", "home", "projects running finished"),
    ("Notices", "jobs:notices", "bell finished failed"),
    ("Workers", "jobs:workers", "machines gpu queue"),
    ("Methods", "methods:list", "help scores orderings selections mixtures"),
    ("New project", "accounts:new", "create"),
    ("Account and API tokens", "accounts:account", "password settings"),
)


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a script does on the page: ``does`` and ``value`` become ``data-<does>="<value>"``."""

    title: str
    does: str
    value: str
    rank: int = 3
    url: str = ""
    under: str = ""


ACTS = (
    (Act("Dark theme", "theme-set", "dark"), "night colours mode"),
    (Act("Light theme", "theme-set", "light"), "day colours mode"),
    (Act("Theme of the system", "theme-set", "system"), "colours mode automatic"),
    (Act("Keys of this page", "dialog", "keys"), "keyboard shortcuts help ?"),
)


def offered(user: User, text: str, here: Project | None, *, acts: bool = False) -> list[Group]:
    """Actions, pages and methods that fit; without words the actions and pages that are at hand. ``acts``: a script is there."""
    wanted = terms(text)
    role = role_of(user, here) if here else None
    begin = [(words, reverse(name, args=[here.pk]), also) for words, name, also in BEGIN] if role in EDITORS else []
    pages = [(words, reverse(name), also) for words, name, also in EVERYWHERE]
    if user.is_staff:
        pages.append(("Audit", reverse("audit:all"), "history log who"))
    if here:
        tabs = [(word, name, "") for word, name, *_ in TABS]
        own = (*tabs, *MORE, *(OWNERS if role == Role.OWNER else ()))
        pages = [(words, reverse(name, args=[here.pk]), also) for words, name, also in own] + pages
    do = _fitting(wanted, begin, here.name if here else "")
    if acts:
        do += [act for act, also in ACTS if matches(wanted, (act.title, also)) is not None]
    groups = [Group("action", "Actions", do), Group("page", "Pages", _fitting(wanted, pages))]
    if wanted:
        groups.append(Group("method", "Methods", _methods(wanted)))
    return [group for group in groups if group.rows]


def _fitting(wanted: list[str], rows, under: str = "") -> list[Found]:
    fits = ((matches(wanted, (words, also)), words, url) for words, url, also in rows)
    found = [Found(words, url, under, rank) for rank, words, url in fits if rank is not None]
    return sorted(found, key=lambda row: row.rank)


def _methods(wanted: list[str]) -> list[Found]:
    """By title, name, source and family: words of their help are too many methods' to tell them apart."""
    found = []
    for method in all_methods():
        rank = matches(wanted, (method["title"], method["name"], method["source"], method["what"]))
        if rank is not None:
            found.append(Found(method["title"], method["url"], method["what"], rank))
    return sorted(found, key=lambda row: row.rank)
