"""Reads for the list of projects and a project's first page."""

from dataclasses import dataclass

from django.db.models import Case, Count, IntegerField, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse

from apps.accounts.forms import InviteForm
from apps.accounts.members import open_invitations
from apps.accounts.models import Invitation, Project, Role, User
from apps.comparisons.models import Comparison
from apps.datasets.models import Dataset
from apps.jobs.models import Job, Status
from apps.runs.models import Run
from apps.scores.models import ScoreSet

#: This many rows of each kind stand on a project's first page; its own list has them all.
SHOWN = 6


def projects_of(user: User) -> list[Project]:
    """The user's projects, newest first, with numbers of datasets, runs and unfinished jobs, in one query."""
    unfinished = Job.objects.filter(status__in=(Status.RUNNING, Status.QUEUED))
    return list(
        Project.objects.visible_to(user)
        .annotate(datasets_count=_number_of(Dataset.objects), runs_count=_number_of(Run.objects))
        .annotate(unfinished=_number_of(unfinished))
        .order_by("-created_at")
    )


@dataclass(frozen=True, slots=True)
class Now:
    """What a project is doing: running jobs, the queue in its order, what failed, and how many of all are done.

    What was tried again counts by its last try."""

    running: list[Job]
    queued: list[Job]
    failed: list[Job]
    recent: list[Job]
    done: int
    total: int

    @property
    def poll(self) -> int | None:
        """Seconds until it is worth asking again."""
        return 2 if self.running else 10 if self.queued else None


def now(project: Project) -> Now:
    jobs = list(project.jobs.order_by("priority", "created_at").prefetch_related("after"))
    tried_again = {job.retry_of_id for job in jobs}
    jobs = [job for job in jobs if job.pk not in tried_again]
    by_status = {status: [job for job in jobs if job.status == status] for status in Status}
    finished = sorted(by_status[Status.SUCCEEDED], key=lambda job: job.finished_at or job.created_at, reverse=True)
    return Now(
        running=by_status[Status.RUNNING],
        queued=by_status[Status.QUEUED],
        failed=by_status[Status.FAILED],
        recent=finished[:4],
        done=len(by_status[Status.SUCCEEDED]),
        total=len(jobs),
    )


def comparisons(project: Project) -> list[tuple[Comparison, int, int]]:
    """Each saved comparison with (runs done, runs) of it."""
    found = list(project.comparisons.all())
    named = {pk for comparison in found for pk in comparison.runs}
    states = {str(pk): status for pk, status in project.runs.filter(pk__in=named).values_list("pk", "job__status")}
    here = {c.pk: [states[pk] for pk in c.runs if pk in states] for c in found}
    return [(c, here[c.pk].count(Status.SUCCEEDED), len(here[c.pk])) for c in found]


def contents(project: Project) -> dict:
    """The newest rows of each kind and how many there are."""
    score_sets = ScoreSet.objects.filter(version__dataset__project=project)
    rows = {
        "datasets": project.datasets.prefetch_related("versions__artifact", "versions__job"),
        "score_sets": score_sets.select_related("job", "version__dataset"),
        "curricula": project.curricula.prefetch_related("versions").annotate(version_count=Count("versions")),
        "runs": project.runs.select_related("job", "version__curriculum"),
    }
    counts = {name: queryset.order_by().count() for name, queryset in rows.items()}
    newest = {name: list(queryset.order_by("-created_at")[:SHOWN]) for name, queryset in rows.items()}
    for dataset in newest["datasets"]:
        dataset.newest = max(dataset.versions.all(), key=lambda version: version.number, default=None)
    return {**newest, "counts": counts}


def members(project: Project):
    """Owners first, then editors, then viewers, by name."""
    rank = Case(*(When(role=role, then=Value(n)) for n, role in enumerate(Role.values)), output_field=IntegerField())
    return project.memberships.select_related("user").order_by(rank, "user__username")


def members_page(project: Project, user: User) -> dict:
    """What the members' page shows; the invitations that are still open are for owners' eyes."""
    people = list(members(project))
    own = next((row for row in people if row.user_id == user.pk), None)
    is_owner = own is not None and own.role == Role.OWNER
    waiting = open_invitations().filter(project=project).select_related("created_by") if is_owner else []
    return {
        "project": project,
        "people": people,
        "own": own,
        "is_owner": is_owner,
        "roles": Role.choices,
        "invitations": waiting,
        "form": InviteForm(),
    }


def withdrawing(invitation: Invitation) -> dict:
    """What the page says that asks whether to withdraw it."""
    maker = invitation.created_by.username if invitation.created_by else "somebody who left"
    return {
        "title": f"Withdraw the invitation as {invitation.role}?",
        "sentences": [
            "Its link opens nothing any more. Whoever was to join needs another one.",
            f"Made by {maker} on {invitation.created_at:%-d %b %Y, %H:%M}. Members stay members.",
        ],
        "word": "Withdraw the invitation",
        "back": reverse("accounts:members", args=[invitation.project_id]),
        "back_word": "Members",
        "project": invitation.project,
    }


def anybody() -> bool:
    """Whether this installation has a person at all."""
    return User.objects.exists()


def _number_of(queryset):
    """How many rows of a queryset belong to the outer project."""
    rows = queryset.filter(project=OuterRef("pk")).order_by().values("project").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(rows, output_field=IntegerField()), 0)
