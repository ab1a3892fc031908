"""What marks a run among the others: a person's stars, and the project's baseline."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from apps.accounts.models import Project, User
from apps.runs.models import Run, Star


def star(*, run: Run, by: User, starred: bool) -> None:
    """Twice the same changes nothing."""
    if starred:
        Star.objects.get_or_create(run=run, user=by)
    else:
        Star.objects.filter(run=run, user=by).delete()


@transaction.atomic
def pin_baseline(*, run: Run, pinned: bool) -> None:
    """Make the run what its project's others are held against, in the place of the one that was; or leave the place empty."""
    Project.objects.select_for_update(no_key=True).get(pk=run.project_id)  # two who pin at once come one after another
    if pinned:
        # With the trash: a run that lies there and comes back is not a second one.
        Run.with_trash.filter(project=run.project_id, is_baseline=True).exclude(pk=run.pk).update(is_baseline=False)
    Run.objects.filter(pk=run.pk).update(is_baseline=pinned)
    run.is_baseline = pinned


def starred_of(*, user: User, run_ids: Iterable[UUID] | None = None) -> set[UUID]:
    """The runs that a person starred, out of these where they are given."""
    rows = Star.objects.filter(user=user)
    rows = rows if run_ids is None else rows.filter(run__in=list(run_ids))
    return set(rows.values_list("run_id", flat=True))
