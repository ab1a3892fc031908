"""Writes on saved comparisons."""

from django.db import transaction

from apps.accounts.models import Project, User
from apps.comparisons.models import Comparison
from apps.comparisons.selectors import MAX_RUNS
from apps.runs.models import Run
from gradatim.errors import UserError


@transaction.atomic
def save_comparison(
    *, project: Project, name: str, runs: list[str], by: User, question: str = "", view: dict | None = None
) -> Comparison:
    """Give a comparison's address a name and a question. ``runs`` are ids, in order, of the project's runs."""
    runs = [str(key) for key in dict.fromkeys(runs)]
    if not name.strip():
        raise UserError("Give the comparison a name.", field="name")
    if not runs or len(runs) > MAX_RUNS:
        raise UserError(f"A comparison holds between 1 and {MAX_RUNS} runs.", field="runs")
    if Run.objects.filter(project=project, pk__in=runs).count() != len(runs):
        raise UserError("All runs of a saved comparison belong to its project.", field="runs")
    return Comparison.objects.create(
        project=project, name=name.strip(), question=question.strip(), runs=runs, view=view or {}, created_by=by
    )
