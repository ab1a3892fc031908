"""Pages of suites, and the part of a run's page on which its checkpoint is asked."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import Project
from apps.common.htmx import answer, piece, signed_in
from apps.common.method_form import put_error
from apps.common.paging import page_of
from apps.common.roles import may_edit, require_editor
from apps.evaluations import pages, selectors, services
from apps.evaluations.forms import EvaluateForm, SuiteForm
from apps.evaluations.models import Suite
from apps.runs.selectors import visible_run
from gradatim.errors import UserError


@require_GET
@signed_in
def suite_list(request, pk):
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    context = {"project": project, "suites": page_of(request, selectors.suites_of(project))}
    return render(request, "evaluations/list.html", context | {"may_edit": may_edit(request.user, project)})


@require_http_methods(["GET", "POST"])
@signed_in
def new(request, pk):
    """A suite from a file. htmx asks for the fields of another kind; without script sending the form does."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    require_editor(request.user, project)
    url = reverse("evaluations:new", args=[project.pk])
    data = request.POST or (request.GET if "params-method" in request.GET else None)
    form = SuiteForm(data, request.FILES or None, url=url)
    if request.method == "POST" and form.is_valid() and (made := pages.create(form, project=project, by=request.user)):
        return redirect("evaluations:detail", made.pk)
    return answer(request, "evaluations/new.html", {"project": project, "form": form}, partial="fields")


@require_GET
@signed_in
def detail(request, pk):
    """A suite's questions, a page at a time, and what models answered."""
    rows = Suite.objects.visible_to(request.user).select_related("project", "artifact")
    suite = get_object_or_404(rows, pk=pk)
    context = pages.suite_page(request, suite) | {"may_edit": may_edit(request.user, suite.project)}
    return render(request, "evaluations/detail.html", context)


@require_POST
@signed_in
def evaluate(request, pk):
    """Ask a run's last checkpoint."""
    run = visible_run(user=request.user, run_id=pk)
    require_editor(request.user, run.project)
    form = EvaluateForm(run, request.POST)
    try:
        if form.is_valid():
            _, made = services.evaluate_run(run=run, by=request.user, **form.cleaned_data)
            messages.success(request, "The evaluation is queued." if made else "The same evaluation is queued already.")
    except UserError as error:
        put_error(form, error)
    for error in (*form.non_field_errors(), *(text for field in form for text in field.errors)):
        messages.error(request, error)
    return redirect(f"{reverse('runs:detail', args=[run.pk])}#evaluations")


@require_GET
@signed_in
def of_run(request, pk):
    """The part of a run's page that follows its evaluations."""
    run = visible_run(user=request.user, run_id=pk)
    return piece(request, "evaluations/of_run.html", pages.of_run(run, edits=may_edit(request.user, run.project)))
