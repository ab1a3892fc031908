"""The table of a project's runs, and the form for its columns."""

from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET

from apps.accounts.models import Project
from apps.common.htmx import answer, signed_in
from apps.common.roles import may_edit
from apps.runs import column_form, saved_views, table


@require_GET
@signed_in
def listing(request, pk):
    """A project's runs; some of them can be chosen for a comparison. An address that says nothing is the default view's."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    if not request.GET and (usual := saved_views.default_of(project)):
        return redirect(f"{request.path}?{usual.query or 'view=all'}")
    context = {"project": project, "may_edit": may_edit(request.user, project)}
    context |= table.table_page(project=project, user=request.user, query=request.GET)
    return answer(request, "runs/list.html", context, partial="rows")


@require_GET
@signed_in
def columns(request, pk):
    """A page of its own, and what the table opens in a dialog."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    context = {"project": project, **column_form.column_form(project=project, query=request.GET)}
    return answer(request, "runs/columns.html", context, partial="form")
