"""What the pages of suites show, and a run's page of its evaluations."""

from django.core.paginator import Paginator

from apps.accounts.models import Project, User
from apps.common import lookup
from apps.common.method_form import put_error
from apps.evaluations import selectors, services
from apps.evaluations.forms import EvaluateForm, SuiteForm
from apps.evaluations.models import Suite
from apps.jobs.pages import poll_of
from apps.runs.models import Run
from gradatim import questions
from gradatim.errors import UserError

QUESTIONS_A_PAGE = 20


def create(form: SuiteForm, *, project: Project, by: User) -> Suite | None:
    """The suite of a valid form; None where the service refuses, its sentence then stands at the form's field."""
    try:
        return services.create_suite(project=project, by=by, **form.asked())
    except UserError as error:
        put_error(form.picker.form if error.field.startswith("params.") else form, error)
        return None


def suite_page(request, suite: Suite) -> dict:
    total = suite.artifact.meta["questions"]
    page = Paginator(range(total), QUESTIONS_A_PAGE).get_page(request.GET.get("page"))
    start = page.start_index() - 1
    found = questions.first(lookup.folder(suite.artifact), QUESTIONS_A_PAGE, start)
    asked = selectors.evaluations_of_suite(suite)
    return {
        "project": suite.project,
        "suite": suite,
        "kind": selectors.kind_of(suite),
        "meta": suite.artifact.meta,
        "params": list(suite.artifact.meta["params"].items()),
        "domains": list(suite.artifact.meta["domains"].items()),
        "page": page,
        "questions": list(enumerate(found, start + 1)),
        "results": [(row, selectors.scores_of(row, suite)) for row in asked],
    }


def of_run(run: Run, *, edits: bool) -> dict:
    """Results, and a form for those who may ask while there is a checkpoint, or one to come."""
    rows = list(selectors.evaluations_of_run(run))
    may_ask = edits and not run.checkpoint_deleted_at and (run.checkpoint_id or not run.job.is_over)
    return {
        "run": run,
        "results": [(row, selectors.scores_of(row)) for row in rows],
        "evaluate_form": EvaluateForm(run) if may_ask else None,
        "poll": poll_of([row.job for row in rows]),
    }
