"""Who belongs to a project: roles, leaving, and invitations by link. A project always keeps an owner."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Invitation, Membership, Project, Role, User
from apps.audit.services import record
from gradatim.errors import UserError

INVITATION_DAYS = 7
LAST_OWNER = "A project keeps at least one owner: make somebody else an owner first."


@transaction.atomic
def change_role(*, membership: Membership, role: str, by: User) -> Membership:
    """Give a member another role."""
    if role not in Role.values:
        raise UserError(f"A role is one of {', '.join(Role.values)}.", field="role")
    if role != Role.OWNER:
        _keep_an_owner(membership, field="role")
        _withdraw_invitations(membership, by=by)
    before, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    if role != before:
        said = f"From {before} to {role}."
        _note("member.role", by, membership, sentence=said, before=before, after=role)
    return membership


@transaction.atomic
def remove_member(*, membership: Membership, by: User) -> None:
    """The person sees nothing of the project from the next request on; what they made stays."""
    _keep_an_owner(membership)
    _withdraw_invitations(membership, by=by)
    said = f"Left as {membership.role}." if membership.user_id == by.pk else f"Was {membership.role}."
    _note("member.remove", by, membership, sentence=said, before=membership.role)
    membership.delete()


@transaction.atomic
def invite(*, project: Project, role: str, by: User, days: int = INVITATION_DAYS) -> tuple[Invitation, str]:
    """An invitation for one person, and its address. The token is in the address only: it cannot be shown again."""
    if role not in Role.values:
        raise UserError(f"A role is one of {', '.join(Role.values)}.", field="role")
    if not 1 <= days <= 30:
        raise UserError("An invitation lasts between 1 and 30 days.", field="days")
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        project=project,
        role=role,
        token_hash=hash_of(token),
        expires_at=timezone.now() + timedelta(days=days),
        created_by=by,
    )
    said = f"Good for {days} day{'' if days == 1 else 's'}."
    record(kind="invitation.create", by=by, project=project, on=invitation, name=f"As {role}", sentence=said)
    return invitation, settings.BASE_URL.rstrip("/") + reverse("accounts:open-invitation", args=[token])


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, by: User) -> None:
    """Nobody joins with it any more. What was accepted before stays."""
    open_ = Invitation.objects.filter(pk=invitation.pk, revoked_at=None, accepted_at=None)
    if open_.update(revoked_at=timezone.now()):
        name = f"As {invitation.role}"
        record(kind="invitation.withdraw", by=by, project=invitation.project, on=invitation, name=name)


def find_invitation(token_hash: str) -> Invitation | None:
    """The invitation as long as it can be accepted; None where it is unknown, used, expired or revoked."""
    return open_invitations().filter(token_hash=token_hash).select_related("project", "created_by").first()


def open_invitations() -> QuerySet[Invitation]:
    return Invitation.objects.filter(revoked_at=None, accepted_at=None, expires_at__gt=timezone.now())


@transaction.atomic
def accept_invitation(*, invitation: Invitation, user: User) -> Membership:
    """Make ``user`` a member. One who is a member already keeps their role and leaves the invitation unused."""
    of_user = Membership.objects.filter(project_id=invitation.project_id, user=user)
    if found := of_user.first():
        return found
    taken = open_invitations().filter(pk=invitation.pk).update(accepted_at=timezone.now(), accepted_by=user)
    if not taken:
        if found := of_user.first():  # the same button, pressed twice
            return found
        raise UserError("This invitation was used or withdrawn in the meantime: ask for another one.")
    try:
        with transaction.atomic():
            made = Membership.objects.create(project_id=invitation.project_id, user=user, role=invitation.role)
    except IntegrityError:  # by another invitation at the same time: this one is left to another
        Invitation.objects.filter(pk=invitation.pk).update(accepted_at=None, accepted_by=None)
        return of_user.get()
    record(kind="invitation.accept", by=user, project=invitation.project, on=invitation, name=f"As {invitation.role}")
    return made


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _note(kind: str, by: User, membership: Membership, **said) -> None:
    record(kind=kind, by=by, project=membership.project, on=membership.user, name=membership.user.username, **said)


def _withdraw_invitations(membership: Membership, by: User) -> None:
    """The links of somebody who is no owner any more open nothing: with one of their own they could come back as owner."""
    waiting = open_invitations().filter(project_id=membership.project_id, created_by_id=membership.user_id)
    if count := waiting.update(revoked_at=timezone.now()):
        said = f"{count} open invitation{'' if count == 1 else 's'} of somebody who is no owner any more."
        _note("invitation.withdraw", by, membership, sentence=said)


def _keep_an_owner(membership: Membership, field: str = "") -> None:
    """Refuse to lose the last owner; the owners' rows are locked, so that two cannot leave at once."""
    owners = Membership.objects.select_for_update().filter(project_id=membership.project_id, role=Role.OWNER)
    if [row.pk for row in owners.order_by("pk")] == [membership.pk]:
        raise UserError(LAST_OWNER, field=field)
