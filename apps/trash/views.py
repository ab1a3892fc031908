"""The pages of the trash: asking before something goes, what lies there, and what uses the space."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import Project, Role
from apps.common import disk
from apps.common.htmx import signed_in
from apps.common.roles import may_edit, require_editor, require_owner, role_of
from apps.common.templatetags.ui import size
from apps.trash import selectors, services
from apps.trash.kinds import KINDS, project_of
from gradatim.errors import UserError

PAGE = 50


@require_GET
@signed_in
def trash(request, pk):
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    context = {"project": project, "items": selectors.trash_of(project), "may_edit": may_edit(request.user, project)}
    return render(request, "trash/list.html", context | {"owner": role_of(request.user, project) == Role.OWNER})


@require_GET
@signed_in
def storage(request, pk):
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    usage = selectors.usage_of(project)
    page = Paginator(usage["items"], PAGE).get_page(request.GET.get("page"))
    context = {"project": project, "page": page, "total": usage["total"], "free": disk.free_bytes()}
    return render(request, "trash/storage.html", context | {"may_edit": may_edit(request.user, project)})


@require_http_methods(["GET", "POST"])
@signed_in
def put(request, kind, pk):
    """Asks, saying what goes along or what stands in the way; then puts it into the trash."""
    kind, row = _row(request, kind, pk, trashed=False)
    project = project_of(row)
    require_editor(request.user, project)
    if request.method == "GET":
        context = {"project": project, "kind": kind, "row": row, "needs": kind.needs(row), "page": kind.page_of(row)}
        context["days"] = settings.TRASH_DAYS
        return render(request, "trash/put.html", context)
    services.put(kind=kind, row=row, by=request.user)
    messages.success(request, f"“{row.name}” is in the trash of the project, from where it can be restored.")
    return redirect(kind.list_of(project))


@require_POST
@signed_in
def restore(request, kind, pk):
    kind, row = _row(request, kind, pk, trashed=True)
    require_editor(request.user, project_of(row))
    try:
        services.restore(kind=kind, row=row, by=request.user)
    except UserError as error:
        messages.error(request, error.sentence)
        return redirect("trash:list", project_of(row).pk)
    messages.success(request, f"“{row.name}” is back.")
    return redirect(kind.page_of(row))


@require_POST
@signed_in
def purge(request, kind, pk):
    kind, row = _row(request, kind, pk, trashed=True)
    project = project_of(row)
    require_owner(request.user, project)
    try:
        freed = services.purge(kind=kind, row=row, by=request.user)
        messages.success(request, f"“{row.name}” was deleted for good. {size(freed)} were freed.")
    except UserError as error:
        messages.error(request, error.sentence)
    return redirect("trash:list", project.pk)


def _row(request, name, pk, *, trashed: bool):
    kind = KINDS[name]
    row = selectors.find(user=request.user, kind=kind, key=pk, trashed=trashed)
    if row is None:
        raise Http404
    return kind, row
