"""Pages of runs."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.models import Project
from apps.common.csvs import attachment, csv_answer
from apps.common.htmx import answer, signed_in
from apps.common.roles import may_edit, require_editor
from apps.runs import drafts, pages, selectors, table


@require_GET
@signed_in
def listing(request, pk):
    """A project's runs; some of them can be chosen for a comparison."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    context = {"project": project, "may_edit": may_edit(request.user, project)}
    context |= table.table_page(project=project, user=request.user, query=request.GET)
    return answer(request, "runs/list.html", context, partial="rows")


@require_http_methods(["GET", "POST"])
@signed_in
def new(request, pk):
    """The form for new runs (``?version=``, ``?clone=`` a run); with ``update`` it only says what they would take."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    require_editor(request.user, project)
    draft = drafts.read(request, project)
    if made := draft.create(by=request.user):
        messages.success(request, f"{len(made)} runs are queued." if len(made) > 1 else "The run is queued.")
        return redirect("runs:detail", made[0].pk) if len(made) == 1 else redirect(pages.list_of(project, made))
    partial = "form" if request.POST.get("update") == "form" else "forecast"
    return answer(request, "runs/new.html", draft.context(), partial=partial)


@require_GET
@signed_in
def detail(request, pk):
    """A run: its live part asks for itself until the job is over; charts ask on their own."""
    run = selectors.visible_run(user=request.user, run_id=pk)
    context = {**pages.run_page(run, request.GET), "may_edit": may_edit(request.user, run.project)}
    return answer(request, "runs/detail.html", context, partial="live")


@require_GET
@signed_in
def document(request, pk):
    """RUN.yaml: with it the run can be repeated anywhere. 404 before the document is frozen."""
    run = selectors.visible_run(user=request.user, run_id=pk)
    text = selectors.yaml_of(run)
    if not text:
        raise Http404
    return attachment(HttpResponse(text, content_type="application/yaml; charset=utf-8"), f"{run.name}.yaml")


@require_GET
@signed_in
def metrics(request, pk):
    """Every point of every series."""
    run = selectors.visible_run(user=request.user, run_id=pk)
    return csv_answer(selectors.metric_rows(run), name=f"{run.name}-metrics")
