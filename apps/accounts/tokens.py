"""API tokens: made, shown once, looked up by their hash, revoked."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.accounts.models import ApiToken, Scope, User
from apps.audit import asking
from apps.audit.services import record
from gradatim.errors import UserError

#: begins every token, so that scanners for leaked secrets can know one
PREFIX = "grd_"
#: characters that lists show, the prefix among them
SHOWN = 10
#: Uses are noted at most this often: a token that reads every second must not write every second.
NOTED_EVERY = timedelta(minutes=1)
MAX_DAYS = 366


@transaction.atomic
def create_token(*, user: User, name: str, scope: str = Scope.READ, days: int | None = 90) -> tuple[ApiToken, str]:
    """A token and its secret, which cannot be shown again. ``days`` None: it lasts until it is revoked."""
    if not name.strip():
        raise UserError("Name the token after what will use it.", field="name")
    if scope not in Scope.values:
        raise UserError(f"A scope is one of {', '.join(Scope.values)}.", field="scope")
    if days is not None and not 1 <= days <= MAX_DAYS:
        raise UserError(f"A token lasts between 1 and {MAX_DAYS} days.", field="days")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name.strip(),
        prefix=secret[:SHOWN],
        token_hash=hash_of(secret),
        scope=scope,
        expires_at=None if days is None else timezone.now() + timedelta(days=days),
    )
    may = "read and write" if scope == Scope.WRITE else "read"
    lasts = "until it is revoked" if days is None else f"for {days} day{'' if days == 1 else 's'}"
    _note("token.create", token, sentence=f"It may {may}, {lasts}.", scope=scope, days=days)
    return token, secret


@transaction.atomic
def revoke_token(*, token: ApiToken) -> None:
    """The next request with it is refused."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        _note("token.revoke", token)


def use_token(secret: str) -> ApiToken | None:
    """The token of a request, its use noted; None where it is unknown, expired, revoked or of somebody who left.

    The audit hears of a token once an hour of the clock; what it is used for is recorded with its beginning.
    """
    now = timezone.now()
    live = Q(expires_at=None) | Q(expires_at__gt=now)
    rows = ApiToken.objects.filter(live, token_hash=hash_of(secret), revoked_at=None, user__is_active=True)
    token = rows.select_related("user").first()
    if token is None:
        return None
    asking.with_token(token.prefix)
    before = token.last_used_at
    if before is None or now - before > NOTED_EVERY:
        # Of requests at the same time one finds the row as it was read.
        first = ApiToken.objects.filter(pk=token.pk, last_used_at=before).update(last_used_at=now)
        if first and (before is None or _hour(before) != _hour(now)):
            _note("token.use", token)
    return token


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """The user's tokens that are not revoked, newest first."""
    return ApiToken.objects.filter(user=user, revoked_at=None)


def _hour(moment: datetime) -> int:
    return int(moment.timestamp()) // 3600


def _note(kind: str, token: ApiToken, **said) -> None:
    record(kind=kind, by=token.user, on=token, name=f"{token.name} ({token.prefix}…)", **said)


def revoking(token: ApiToken) -> dict:
    """What the page says that asks whether to revoke it."""
    used = f"It was last used on {token.last_used_at:%-d %b %Y, %H:%M}" if token.last_used_at else "It was never used"
    refused = f"Scripts that send {token.prefix}… are refused (401) from their next request on."
    return {
        "title": f"Revoke “{token.name}”?",
        "sentences": [refused, f"{used}. A revoked token cannot be brought back: its script then needs another one."],
        "word": "Revoke the token",
    }


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
