"""People, projects, and who may do what in them."""

from django.contrib.auth.models import AbstractUser
from django.db import models

from apps.common.models import Row


class User(Row, AbstractUser):
    """A person who signs in."""

    email = models.EmailField(blank=True)
    #: where they are in the tour of the demo, and whether they put it away (apps.site.demo.tour)
    tour_step = models.PositiveSmallIntegerField(default=0, db_default=0)
    tour_hidden = models.BooleanField(default=False, db_default=False)

    class Meta:
        ordering = ["username"]


class Role(models.TextChoices):
    OWNER = "owner"
    EDITOR = "editor"
    VIEWER = "viewer"


class ProjectQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The projects that a user is a member of: the only door to any project."""
        return self.filter(memberships__user_id=user.pk) if user.is_authenticated else self.none()


class Project(Row):
    """A team's room: everything else belongs to exactly one."""

    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    is_demo = models.BooleanField(default=False)
    members = models.ManyToManyField(User, through="Membership", related_name="projects")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]

    def __str__(self):
        return self.name


class InProject(models.QuerySet):
    """Rows that belong to a project through ``project_path`` ("project", "dataset__project", ...)."""

    project_path = "project"

    def visible_to(self, user):
        if not user.is_authenticated:
            return self.none()
        return self.filter(**{f"{self.project_path}__memberships__user_id": user.pk})


def in_project(path: str = "project", *, hidden_with: tuple[str, ...] = ()):
    """A manager whose ``visible_to(user)`` follows ``path`` to the project.

    ``hidden_with``: paths to rows that can lie in the trash ("" is the row itself); what lies there, or belongs to what does,
    is in none of its querysets. References to such a row still find it: they go through the model's base manager.
    """
    queryset = type(f"InProject_{path}", (InProject,), {"project_path": path})
    kept = {f"{prefix}trashed_at__isnull": True for prefix in hidden_with}
    return type("Kept", (_Kept.from_queryset(queryset),), {"kept": kept})() if kept else queryset.as_manager()


class _Kept(models.Manager):
    kept: dict[str, bool] = {}

    def get_queryset(self):
        return super().get_queryset().filter(**self.kept)


class Membership(Row):
    """A person in a project."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)

    objects = in_project()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="one_membership_a_person")]


class Invitation(Row):
    """A link that makes one person a member, once. Only the SHA-256 of its token is kept."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=10, choices=Role.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    objects = in_project()

    class Meta:
        ordering = ["-created_at"]


class Scope(models.TextChoices):
    READ = "read"
    WRITE = "write"


class ApiToken(Row):
    """A secret with which a script is a person. Only its SHA-256 and its first characters are kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16)
    token_hash = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=8, choices=Scope.choices)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
