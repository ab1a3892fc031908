"""Writes on comparisons: keeping them, and adding the controls that they lack."""

from django.db import transaction

from apps.accounts.models import Project, User
from apps.comparisons.models import Comparison
from apps.comparisons.selectors import MAX_RUNS
from apps.runs import controls
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


@transaction.atomic
def write_notes(*, comparison: Comparison, notes: str, read: str | None = None) -> Comparison:
    """Replace what people say about a comparison, in Markdown. ``read``: the mark of the notes that whoever writes had before them;
    ``UserError`` where they are others by now."""
    comparison = Comparison.objects.select_for_update(of=["self"]).get(pk=comparison.pk)
    notes = notes.strip()
    if read is not None and read != comparison.notes_mark and notes != comparison.notes:
        raise UserError(
            "Somebody else saved other notes while you wrote. Yours are here still, what is saved stands below: take over what you "
            "want to keep, and save again.",
            field="notes",
        )
    comparison.notes = notes
    comparison.save(update_fields=["notes"])
    return comparison


@transaction.atomic
def replace_runs(*, comparison: Comparison, runs: list[str]) -> Comparison:
    """The same comparison of other runs of its project: what a study is asked for once more puts in place of those that failed."""
    comparison = Comparison.objects.select_for_update(of=["self"]).get(pk=comparison.pk)
    comparison.runs = [str(key) for key in dict.fromkeys(runs)]
    comparison.save(update_fields=["runs"])
    return comparison


@transaction.atomic
def add_controls(*, runs: list[Run], by: User) -> tuple[list[Run], int]:
    """The re-warming controls of all continuations among ``runs``, each once, without those that are among them already; and how many
    of them were queued just now. ``UserError`` where no run has a control, or more runs come together than a comparison holds."""
    drafts = controls.drafts_of(runs)
    own = controls.controls_of(runs, drafts, siblings=False)
    lacking = [run for run in runs if run.base_id and run.pk not in own]
    if not lacking:
        raise UserError("Every continuation here has its re-warming control already.")
    found, queued = {}, 0
    for run in lacking:
        control, made = controls.queue_control(run=run, by=by)
        found[control.pk], queued = control, queued + made
    if len(runs) + len(found) > MAX_RUNS:
        raise UserError(f"A comparison holds at most {MAX_RUNS} runs: take some away before you add their controls.")
    return list(found.values()), queued
