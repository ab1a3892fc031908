"""Signing in and out, and trying to: what every door that does it calls, so that the audit knows."""

from django.contrib.auth import login, logout
from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import record

BACKEND = "django.contrib.auth.backends.ModelBackend"


@transaction.atomic
def sign_in(request, user: User, *, how: str = "By password.") -> None:
    login(request, user, backend=BACKEND)
    record(kind="session.in", by=user, on=user, name=user.username, sentence=how)


@transaction.atomic
def sign_out(request) -> None:
    user = request.user
    logout(request)
    if user.is_authenticated:
        record(kind="session.out", by=user, on=user, name=user.username)


def refused(request, username: str) -> None:
    """A password was wrong, or its name is locked. A name that nobody has is not kept: it may be a password, mistyped."""
    tried = User.objects.filter(username=username).first() if "\x00" not in username else None
    kind = "session.locked" if getattr(request, "axes_locked_out", False) else "session.failed"
    name = tried.username if tried else "a name that nobody has"
    record(kind=kind, by=request.user, on=tried, name=name)
