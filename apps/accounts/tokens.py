"""API tokens: made, shown once, looked up by their hash, revoked."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.accounts.models import ApiToken, Scope, User
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
    return token, secret


def revoke_token(*, token: ApiToken) -> None:
    """The next request with it is refused."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())


def use_token(secret: str) -> ApiToken | None:
    """The token of a request, its use noted; None where it is unknown, expired, revoked or of somebody who left."""
    now = timezone.now()
    live = Q(expires_at=None) | Q(expires_at__gt=now)
    rows = ApiToken.objects.filter(live, token_hash=hash_of(secret), revoked_at=None, user__is_active=True)
    token = rows.select_related("user").first()
    if token and (token.last_used_at is None or now - token.last_used_at > NOTED_EVERY):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """The user's tokens that are not revoked, newest first."""
    return ApiToken.objects.filter(user=user, revoked_at=None)


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
