"""Writes on projects."""

from django.db import transaction

from apps.accounts.models import Membership, Project, Role, User


@transaction.atomic
def create_project(*, name: str, by: User, description: str = "") -> Project:
    """A new project that its maker owns."""
    project = Project.objects.create(name=name, description=description)
    Membership.objects.create(project=project, user=by, role=Role.OWNER)
    return project
