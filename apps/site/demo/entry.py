"""A link that signs its holder in as the demo's person: what a terminal prints so that one click opens the demo.

It is signed with the installation's secret, lasts half a day, and ends when that person's password changes.
"""

import hashlib

from django.core import signing
from django.urls import reverse

from apps.accounts.models import Project, User

SALT = "demo entry"
MAX_AGE = 12 * 3600  # seconds


def address(*, user: User, project: Project) -> str:
    """Path and query; the caller puts the installation's address before it."""
    token = signing.dumps({"user": str(user.pk), "project": str(project.pk), "password": _of(user)}, salt=SALT)
    return f"{reverse('demo-entry')}?key={token}"


def holder(token: str) -> tuple[User, str] | None:
    """(the person, the project's id), or None where the link is foreign, too old or of an earlier password."""
    try:
        said = signing.loads(token, salt=SALT, max_age=MAX_AGE)
    except signing.BadSignature:
        return None
    user = User.objects.filter(pk=said["user"], is_active=True, is_staff=False, is_superuser=False).first()
    return (user, said["project"]) if user and said["password"] == _of(user) else None


def _of(user: User) -> str:
    return hashlib.sha256(user.password.encode()).hexdigest()[:16]
