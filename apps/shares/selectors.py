"""Reads on share links. A visitor's cookie names one link, for one path and twelve hours."""

from uuid import UUID

from django.core import signing
from django.db.models import Case, CharField, Value, When
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Project, User
from apps.comparisons.facts import facts_of
from apps.comparisons.models import Comparison
from apps.comparisons.selectors import Compared, View, compared_of
from apps.comparisons.settings import Difference
from apps.runs.models import Run
from apps.runs.selectors import for_comparison
from apps.runs.series import names_apart
from apps.shares import snapshots
from apps.shares.models import ShareLink

COOKIE = "share"
COOKIE_SECONDS = 12 * 3600


def links_of(*, project: Project, user: User):
    """The project's links, newest first, each with its ``state``: open, revoked or expired."""
    state = Case(
        When(revoked_at__isnull=False, then=Value("revoked")),
        When(expires_at__lte=timezone.now(), then=Value("expired")),
        default=Value("open"),
        output_field=CharField(),
    )
    return ShareLink.objects.visible_to(user).filter(project=project).select_related("created_by").annotate(state=state)


def open_first(links):
    """Of ``links_of``: what still opens something before what is over."""
    return links.order_by(Case(When(state="open", then=0), default=1), "-created_at", "pk")


def visit_of(link: ShareLink) -> str:
    """The cookie's value: this link's id, signed together with its token's hash."""
    return _signer(link).sign(str(link.pk))


def open_link(link_id: UUID) -> ShareLink | None:
    return ShareLink.objects.filter(pk=link_id, revoked_at=None, expires_at__gt=timezone.now()).first()


def is_visit(link: ShareLink, cookie: str | None) -> bool:
    """Whether a visitor's cookie opens this link."""
    if not cookie:
        return False
    try:
        return _signer(link).unsign(cookie, max_age=COOKIE_SECONDS) == str(link.pk)
    except signing.BadSignature:
        return False


def visited(*, link_id: UUID, cookie: str | None) -> ShareLink | None:
    """The link that a visitor may look at now; asked again at every request, so that revoking works at once."""
    link = open_link(link_id)
    return link if link and is_visit(link, cookie) else None


def shared_runs(link: ShareLink) -> list[Run]:
    """The link's runs in its order. No user takes part: the list is the permission, within its own project."""
    if link.frozen_at:
        return snapshots.runs_of(link)
    return for_comparison(Run.objects.filter(project_id=link.project_id), link.runs, missing_ok=True)


def compared(link: ShareLink, view: View) -> Compared:
    """What the link shows in a view; its list of runs is all that may be seen."""
    facts = snapshots.kept_facts(link) if link.frozen_at else facts_of(shared_runs(link), siblings=False)
    return compared_of(facts, view)


def saved_named(*, user: User, key: str) -> Comparison | None:
    """The saved comparison that an address names, if it is one that the user may see."""
    try:
        return Comparison.objects.visible_to(user).filter(pk=UUID(key)).first()
    except ValueError:
        return None


def visible_in(runs: list[Run], difference: Difference) -> dict:
    """What whoever has a link to these runs would see by name: each run with its curriculum and base, and the settings."""
    named = [
        {
            "name": name,
            "curriculum": f"{run.version.curriculum.name}, version {run.version.number}",
            "base": run.base.name if run.base else "",
        }
        for name, run in zip(names_apart(runs), runs, strict=True)
    ]
    return {"runs": named, "settings": [setting.label for setting in difference.settings]}


def revoking(link: ShareLink) -> dict:
    """What the page says that asks whether to revoke it."""
    opened = f"It was opened {link.opens:,} time{'' if link.opens == 1 else 's'}"
    last = f", last on {link.last_opened_at:%-d %b %Y}." if link.last_opened_at else "."
    return {
        "title": f"Revoke “{link.title}”?",
        "sentences": [
            "Whoever has the link sees nothing through it any more, from their next click on; its address never works again.",
            opened + last + " The runs and their comparison stay as they are.",
            *(["What it kept of them as they were is deleted."] if link.frozen_at else []),
        ],
        "word": "Revoke the link",
        "back": reverse("comparisons:list", args=[link.project_id]) + "#links",
        "back_word": "Comparisons",
        "project": link.project,
    }


def rotating(link: ShareLink) -> dict:
    """What the page says that asks whether to give it a new address."""
    return {
        "title": f"A new address for “{link.title}”?",
        "sentences": [
            "Whoever has the old address sees nothing through it any more, from their next click on: send them the new one.",
            f"What the link shows, its openings so far ({link.opens:,}) and its end on {link.expires_at:%-d %b %Y} stay as they are.",
        ],
        "word": "Make a new address",
        "back": reverse("comparisons:list", args=[link.project_id]) + "#links",
        "back_word": "Comparisons",
        "project": link.project,
    }


def _signer(link: ShareLink) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"apps.shares.visit.{link.token_hash}")
