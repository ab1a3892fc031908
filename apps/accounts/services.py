"""Writes on accounts and projects. Members are in :mod:`members`, API tokens in :mod:`tokens`."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from apps.accounts.members import accept_invitation
from apps.accounts.models import Invitation, Membership, Project, Role, User
from apps.audit.services import record
from gradatim.errors import UserError

#: key of the advisory lock under which the first account is made
_FIRST = 0x67726461
TAKEN = "Somebody has this user name already: choose another."


@transaction.atomic
def create_project(*, name: str, by: User, description: str = "") -> Project:
    """A new project that its maker owns."""
    project = Project.objects.create(name=name, description=description)
    Membership.objects.create(project=project, user=by, role=Role.OWNER)
    record(kind="project.create", by=by, project=project, on=project, name=name)
    return project


@transaction.atomic
def create_account(*, username: str, password: str) -> User:
    """A person who can sign in; ``UserError`` at the field where name or password cannot be used."""
    username = User.normalize_username(username)  # as it is stored: other spellings of one name are that name
    user = User(username=username)
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as error:
        raise UserError(_sentence(error), field="username") from None
    if User.objects.filter(username__iexact=username).exists():
        raise UserError(TAKEN, field="username")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise UserError(_sentence(error), field="password") from None
    try:
        with transaction.atomic():
            user = User.objects.create_user(username, password=password)
    except IntegrityError:  # somebody took it at this very moment
        raise UserError(TAKEN, field="username") from None
    record(kind="account.create", by=user, on=user, name=username)
    return user


@transaction.atomic
def create_first_account(*, username: str, password: str) -> User:
    """The account that a fresh installation begins with, staff as whoever runs it; refused as soon as there is one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FIRST])
    if User.objects.exists():
        raise UserError("Somebody has made the first account in the meantime: ask them for an invitation.")
    user = create_account(username=username, password=password)
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    return user


@transaction.atomic
def join_as_new(*, invitation: Invitation, username: str, password: str) -> User:
    """A new account that is a member at once; neither where either cannot be."""
    user = create_account(username=username, password=password)
    accept_invitation(invitation=invitation, user=user)
    return user


@transaction.atomic
def change_password(*, user: User, password: str) -> None:
    """``password`` was validated. API tokens stay: they are revoked one by one."""
    user.set_password(password)
    user.save(update_fields=["password"])
    record(kind="account.password", by=user, on=user, name=user.username)


def _sentence(error: ValidationError) -> str:
    return " ".join(error.messages)
