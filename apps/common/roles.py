"""Who may do what in a project, decided in views and nowhere else."""

from django.core.exceptions import PermissionDenied

from apps.accounts.models import Project, Role, User

EDITORS = (Role.OWNER, Role.EDITOR)


def role_of(user: User, project: Project) -> str | None:
    return project.memberships.filter(user_id=user.pk).values_list("role", flat=True).first()


def may_edit(user: User, project: Project) -> bool:
    return role_of(user, project) in EDITORS


def require_editor(user: User, project: Project) -> None:
    """Refuse a viewer with 403: whoever comes here may know that the project exists."""
    if not may_edit(user, project):
        raise PermissionDenied("Your role in this project is viewer: ask an owner to do this, or for another role.")


def require_owner(user: User, project: Project) -> None:
    """Refuse editors and viewers with 403: members and invitations are the owners' business."""
    if role_of(user, project) != Role.OWNER:
        raise PermissionDenied("Only owners of this project do this: ask one of them.")
