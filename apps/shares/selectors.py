"""Reads on share links. A visitor's cookie names one link, for one path and twelve hours."""

from django.core import signing
from django.db.models import Case, CharField, Value, When
from django.utils import timezone

from apps.accounts.models import Project, User
from apps.runs.models import Run
from apps.runs.selectors import for_comparison
from apps.shares.models import ShareLink

COOKIE = "share"
COOKIE_SECONDS = 12 * 3600
_SALT = "apps.shares.visit"


def links_of(*, project: Project, user: User):
    """The project's links, newest first, each with its ``state``: open, revoked or expired."""
    state = Case(
        When(revoked_at__isnull=False, then=Value("revoked")),
        When(expires_at__lte=timezone.now(), then=Value("expired")),
        default=Value("open"),
        output_field=CharField(),
    )
    return ShareLink.objects.visible_to(user).filter(project=project).select_related("created_by").annotate(state=state)


def visit_of(link: ShareLink) -> str:
    """The cookie's value: signed, bound to this link and to its token."""
    return signing.TimestampSigner(salt=_SALT).sign(f"{link.pk}.{link.token_hash[:16]}")


def visited(*, link_id, cookie: str | None) -> ShareLink | None:
    """The link that a visitor may look at now; asked again at every request, so that revoking works at once."""
    try:
        said = signing.TimestampSigner(salt=_SALT).unsign(cookie or "", max_age=COOKIE_SECONDS)
    except signing.BadSignature:
        return None
    link = ShareLink.objects.filter(pk=link_id, revoked_at=None, expires_at__gt=timezone.now()).first()
    return link if link and said == f"{link.pk}.{link.token_hash[:16]}" else None


def shared_runs(link: ShareLink) -> list[Run]:
    """The link's runs in its order. No user takes part: the frozen list is the permission, within its own project."""
    return for_comparison(Run.objects.filter(project_id=link.project_id), link.runs, missing_ok=True)
