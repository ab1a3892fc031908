"""Pages of studies."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import Project
from apps.common.htmx import answer, signed_in
from apps.common.paging import page_of
from apps.common.roles import may_edit, require_editor
from apps.studies import pages, selectors, services
from gradatim.errors import UserError


@require_GET
@signed_in
def listing(request, pk):
    """A project's studies and how far each is; the list asks for itself while any is under way."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    page = page_of(request, selectors.studies_of(project=project, user=request.user))
    found = selectors.progress_of(page.object_list)
    context = {"project": project, "page": page, "studies": found, "may_edit": may_edit(request.user, project)}
    return answer(request, "studies/list.html", context | {"live": not all(row.over for row in found)}, partial="rows")


@require_http_methods(["GET", "POST"])
@signed_in
def new(request, pk):
    """The form for a study of the kind ``?kind=``; with ``update`` it only says what it would take."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    require_editor(request.user, project)
    draft = pages.read(request, project)
    if made := draft.create(by=request.user):
        messages.success(request, pages.said(*made))
        return redirect("comparisons:detail", made[0].comparison_id)
    return answer(request, "studies/new.html", draft.context(), partial="forecast")


@require_POST
@signed_in
def cancel(request, pk):
    """Cancel what of a study is not over; what is trained stays."""
    study = selectors.visible_study(user=request.user, pk=pk)
    require_editor(request.user, study.project)
    messages.success(request, pages.cancelled(*services.cancel_study(study=study, by=request.user)))
    return redirect("studies:list", study.project_id)


@require_POST
@signed_in
def again(request, pk):
    """Queue what a study lacks by now: runs that failed, were cancelled or are gone, and its comparison."""
    study = selectors.visible_study(user=request.user, pk=pk)
    require_editor(request.user, study.project)
    try:
        asked = {"project": study.project, "kind": study.kind, "params": study.params}
        messages.success(request, pages.said(*services.run_study(by=request.user, **asked)))
    except UserError as error:
        messages.error(request, error.sentence)
    return redirect("studies:list", study.project_id)
