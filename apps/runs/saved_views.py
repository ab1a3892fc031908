"""Views of the table that have a name: everybody of the project sees them, editors make, rename and delete them."""

from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import QueryDict

from apps.accounts.models import Project, User
from apps.runs.models import SavedView
from apps.runs.table_state import canonical
from gradatim.errors import UserError

MOST, CHARACTERS = 50, 4000


def views_of(project: Project) -> QuerySet[SavedView]:
    return SavedView.objects.filter(project=project, deleted_at=None)


def deleted_of(project: Project) -> QuerySet[SavedView]:
    """Those that can still be brought back, the last one first."""
    since = Now() - timedelta(days=settings.TRASH_DAYS)
    return SavedView.objects.filter(project=project, deleted_at__gt=since).order_by("-deleted_at")[:10]


def default_of(project: Project) -> SavedView | None:
    return views_of(project).filter(is_default=True).first()


def save(*, project: Project, name: str, query: str, is_default: bool = False, by: User) -> SavedView:
    """Under a name that is there already its address is replaced."""
    name, query = _tidy(name), _address(query)
    with _alone(project.pk):
        view = views_of(project).filter(name=name).first() or SavedView(project=project, name=name, created_by=by)
        if view._state.adding and views_of(project).count() >= MOST:
            raise UserError(f"A project has at most {MOST} views: delete one first.", field="name")
        view.query = query
        view.save()
        if is_default:
            set_default(view=view, is_default=True)
    return view


def rename(*, view: SavedView, name: str) -> None:
    name = _tidy(name)
    with _alone(view.project_id):
        _refuse_taken(view, name)
        view.name = name
        view.save(update_fields=["name"])


@transaction.atomic
def change(
    *, view: SavedView, name: str | None = None, query: str | None = None, is_default: bool | None = None
) -> None:
    """All that is given, or nothing of it."""
    if name is not None:
        rename(view=view, name=name)
    if query is not None:
        view.query = _address(query)
        view.save(update_fields=["query"])
    if is_default is not None:
        set_default(view=view, is_default=is_default)


def set_default(*, view: SavedView, is_default: bool) -> None:
    """What the table shows to who opens it without an address; in the place of another one."""
    with _alone(view.project_id):
        if not views_of(view.project).filter(pk=view.pk).exists():
            raise UserError(f"The view “{view.name}” was deleted: bring it back first.")
        views_of(view.project).exclude(pk=view.pk).filter(is_default=True).update(is_default=False)
        view.is_default = is_default
        view.save(update_fields=["is_default"])


def delete(*, view: SavedView) -> None:
    with _alone(view.project_id):
        SavedView.objects.filter(pk=view.pk, deleted_at=None).update(deleted_at=Now(), is_default=False)


def restore(*, view: SavedView) -> None:
    with _alone(view.project_id):
        _refuse_taken(view, view.name)
        view.deleted_at, view.is_default = None, False
        view.save(update_fields=["deleted_at", "is_default"])


def purge() -> int:
    """Delete for good what can no longer be brought back; how many views went. Those of a project that goes, go with it."""
    return SavedView.objects.filter(deleted_at__lt=Now() - timedelta(days=settings.TRASH_DAYS)).delete()[0]


@contextmanager
def _alone(project_id: UUID):
    """Whoever else changes views of the project waits: what is read here still holds when it is written."""
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project_id)
        yield


def _refuse_taken(view: SavedView, name: str) -> None:
    if SavedView.objects.filter(project=view.project_id, deleted_at=None, name=name).exclude(pk=view.pk).exists():
        raise UserError(f"There is a view “{name}” already: choose another name.", field="name")


def _address(query: str) -> str:
    """One spelling of what was asked for; with the ? before it where an address was copied."""
    try:
        query = canonical(QueryDict(query.removeprefix("?")))
    except TooManyFieldsSent:
        query = None
    if query is None or len(query) > CHARACTERS:
        raise UserError("This view is too long to be kept: choose fewer columns.", field="query")
    return query


def _tidy(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= 60:
        raise UserError("Give the view a name of at most 60 characters.", field="name")
    return name
