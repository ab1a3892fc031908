"""The page (and the dialog) of the views of a table: saving the one at hand, renaming, the default, deleting and bringing back."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import Project
from apps.common.htmx import answer, signed_in
from apps.common.roles import may_edit, require_editor
from apps.runs import saved_views
from apps.runs.models import SavedView
from apps.runs.table_state import canonical
from gradatim.errors import UserError


class SaveForm(forms.Form):
    name = forms.CharField(max_length=60)
    query = forms.CharField(max_length=8000, required=False)
    is_default = forms.BooleanField(required=False)


@require_http_methods(["GET", "POST"])
@signed_in
def views(request, pk):
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    if request.method == "GET":
        return answer(request, "runs/views.html", _context(request, project, canonical(request.GET)), partial="form")
    require_editor(request.user, project)
    form = SaveForm(request.POST)
    try:
        said = form.cleaned_data if form.is_valid() else {"name": "", "query": ""}
        view = saved_views.save(project=project, by=request.user, **said)
    except UserError as error:
        context = _context(request, project, request.POST.get("query", ""))
        context |= {"wrong": error.sentence, "name": request.POST.get("name", "")}
        return render(request, "runs/views.html", context, status=422)
    messages.success(request, f"The view “{view.name}” is saved.")
    return _table(project, view.query)


@require_POST
@signed_in
def change(request, pk):
    view = get_object_or_404(SavedView.objects.visible_to(request.user).select_related("project"), pk=pk)
    require_editor(request.user, view.project)
    acts = {
        "rename": lambda: saved_views.rename(view=view, name=request.POST.get("name", "").replace("\x00", "")),
        "default": lambda: saved_views.set_default(view=view, is_default=not view.is_default),
        "delete": lambda: saved_views.delete(view=view),
        "restore": lambda: saved_views.restore(view=view),
    }
    if (act := request.POST.get("act")) not in acts:
        raise Http404
    try:
        acts[act]()
    except UserError as error:
        messages.error(request, error.sentence)
    return redirect("runs:views", view.project_id)


def _context(request, project, query: str) -> dict:
    return {
        "project": project,
        "may_edit": may_edit(request.user, project),
        "query": query,
        "views": saved_views.views_of(project),
        "deleted": saved_views.deleted_of(project),
    }


def _table(project, query: str):
    return redirect(f"{reverse('runs:list', args=[project.pk])}?{query or 'view=all'}")
