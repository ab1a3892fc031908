"""A link that signs its holder in as the demo's person: what a terminal prints so that one click opens the demo.

It is signed with the installation's secret and the person's password hash, so it ends with either, or after half a day.
"""

from uuid import UUID

from django.core import signing
from django.urls import reverse

from apps.accounts.models import User

MAX_AGE = 12 * 3600  # seconds


def address(user: User) -> str:
    """Path and query; the caller puts the installation's address before it."""
    return f"{reverse('demo-entry')}?key={_signer(user).sign(user.pk.hex)}"


def holder(key: str) -> User | None:
    """Who the link is for; None where it is foreign, too old or of an earlier password. Never a member of staff."""
    try:
        user = User.objects.filter(pk=UUID(hex=key.partition(":")[0]), is_active=True, is_staff=False).first()
        if user:
            _signer(user).unsign(key, max_age=MAX_AGE)
    except (ValueError, signing.BadSignature):
        return None
    return user


def _signer(user: User) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"demo entry {user.password}")
