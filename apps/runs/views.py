"""Pages of runs."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.models import Project
from apps.common.csvs import attachment, csv_answer
from apps.common.htmx import answer, signed_in
from apps.common.roles import may_edit, require_editor
from apps.jobs import notices
from apps.runs import checkpoints, drafts, pages, selectors, services
from apps.runs.forms import DescribeForm
from gradatim.errors import UserError


@require_http_methods(["GET", "POST"])
@signed_in
def new(request, pk):
    """The form for new runs (``?version=``, ``?clone=`` a run); with ``update`` it only says what they would take, or is filled in."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    require_editor(request.user, project)
    draft = drafts.read(request, project)
    if made := draft.create(by=request.user):
        messages.success(request, f"{len(made)} runs are queued." if len(made) > 1 else "The run is queued.")
        return redirect("runs:detail", made[0].pk) if len(made) == 1 else redirect(pages.list_of(project, made))
    partial = "forecast" if request.POST.get("update") == "forecast" else "form"
    return answer(request, "runs/new.html", draft.context(), partial=partial)


@require_GET
@signed_in
def detail(request, pk):
    """A run: its live part asks for itself until the job is over, then for the whole page; charts ask on their own."""
    run = selectors.visible_run(user=request.user, run_id=pk)
    if request.htmx.trigger == "live" and run.job.is_over:
        return HttpResponseClientRefresh()
    notices.see(job=run.job, user=request.user)
    context = {**pages.run_page(run, request.GET, request.user), "may_edit": may_edit(request.user, run.project)}
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


@require_http_methods(["GET", "POST"])
@signed_in
def describe(request, pk):
    """What people say about a run: notes and tags."""
    run = selectors.visible_run(user=request.user, run_id=pk)
    require_editor(request.user, run.project)
    form = DescribeForm(request.POST or None, initial={"notes": run.notes, "tags": ", ".join(run.tags)})
    if form.is_valid():
        try:
            services.describe_run(run=run, notes=form.cleaned_data["notes"], tags=form.cleaned_data["tags"].split(","))
            return redirect("runs:detail", run.pk)
        except UserError as error:
            form.add_error(error.field, error.sentence)
    return render(request, "runs/describe.html", {"run": run, "project": run.project, "form": form})


@require_POST
@signed_in
def resume(request, pk):
    run = _to_edit(request, pk)
    return _done(request, run, lambda: services.resume_run(run=run, by=request.user), "The run is queued again.")


@require_GET
@signed_in
def checkpoint_file(request, pk, name):
    """One file of the run's checkpoint, as it lies in the store."""
    run = selectors.visible_run(user=request.user, run_id=pk)
    path = checkpoints.take(run=run, name=name, by=request.user)
    if path is None:
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="application/octet-stream")


@require_POST
@signed_in
def pin_checkpoint(request, pk):
    run, pinned = _to_edit(request, pk), request.POST.get("pinned") == "yes"
    sentence = "The checkpoint is pinned." if pinned else "The pin is taken away."
    return _done(request, run, lambda: checkpoints.pin(run=run, pinned=pinned), sentence)


@require_POST
@signed_in
def delete_checkpoint(request, pk):
    run = _to_edit(request, pk)
    return _done(request, run, lambda: checkpoints.delete(run=run, by=request.user), "The checkpoint is deleted.")


def _to_edit(request, pk):
    run = selectors.visible_run(user=request.user, run_id=pk)
    require_editor(request.user, run.project)
    return run


def _done(request, run, act, sentence: str):
    """Do it and say so on the run's page, or say there why it cannot be done."""
    try:
        act()
        messages.success(request, sentence)
    except UserError as error:
        messages.error(request, error.sentence)
    return redirect("runs:detail", run.pk)
