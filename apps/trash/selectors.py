"""What lies in a project's trash, and what uses its space."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Model

from apps.accounts.models import Project, User
from apps.common.templatetags.ui import score_name
from apps.jobs.models import Artifact
from apps.scores.models import ScoreSet
from apps.trash import belongings
from apps.trash.kinds import KINDS, Kind


@dataclass(frozen=True, slots=True)
class Item:
    """A row with its artifacts and their bytes, those that others share included."""

    kind: Kind
    row: Model
    artifacts: set[UUID]
    bytes: int

    @property
    def until(self) -> datetime | None:
        """When it is deleted for good, if it lies in the trash."""
        return self.row.trashed_at and self.row.trashed_at + timedelta(days=settings.TRASH_DAYS)

    @property
    def name(self) -> str:
        return score_name(self.row) if isinstance(self.row, ScoreSet) else self.row.name

    @property
    def page(self) -> str:
        return self.kind.page_of(self.row)


def trash_of(project: Project) -> list[Item]:
    """Newest first."""
    found = items_of(project, trashed=True)
    return sorted(found, key=lambda item: item.row.trashed_at, reverse=True)


def items_of(project: Project, *, trashed: bool) -> list[Item]:
    """Every row that can be put into the trash, or every row that lies there."""
    found = []
    for kind in KINDS.values():
        rows = list(kind.rows_of(project).filter(trashed_at__isnull=not trashed).select_related("trashed_by"))
        owned = belongings.of_all(kind.model, [row.pk for row in rows])
        found += [(kind, row, owned[row.pk].artifacts) for row in rows]
    keys = set().union(*(artifacts for _, _, artifacts in found))
    sizes = dict(Artifact.objects.filter(pk__in=keys).values_list("pk", "size"))
    return [Item(kind, row, owned, sum(sizes[key] for key in owned)) for kind, row, owned in found]


def usage_of(project: Project) -> dict:
    """``items``, the largest first, and ``total``: the bytes of the project's artifacts, each counted once."""
    found = [*items_of(project, trashed=False), *items_of(project, trashed=True)]
    keys = set().union(*(item.artifacts for item in found))
    total = sum(Artifact.objects.filter(pk__in=keys).values_list("size", flat=True))
    return {"items": sorted(found, key=lambda item: -item.bytes), "total": total}


def find(*, user: User, kind: Kind, key, trashed: bool | None = None) -> Model | None:
    """The row where the person may see it; in the trash or not as ``trashed`` says, None for either."""
    rows = kind.model.with_trash.visible_to(user).filter(pk=key)
    if trashed is not None:
        rows = rows.filter(trashed_at__isnull=not trashed)
    return rows.first()
