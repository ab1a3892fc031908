"""The audit: of a project for its owners, of the whole installation for staff."""

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from apps.accounts.models import Project
from apps.accounts.selectors import members
from apps.audit import selectors, services
from apps.audit.forms import FilterForm
from apps.common.csvs import csv_answer
from apps.common.htmx import answer, signed_in
from apps.common.roles import require_owner

PAGE = 50


@require_GET
@signed_in
def of_project(request, pk):
    """What people did in a project; who, what and when are the address."""
    project = _owned(request, pk)
    names = [row.user.username for row in members(project)]
    return _page(request, project=project, names=names)


@require_GET
@signed_in
def of_project_csv(request, pk):
    project = _owned(request, pk)
    return _csv(request, project=project, name=f"{project.name}-audit")


@require_GET
@signed_in
def of_all(request):
    """Everything, with sign-ins and API tokens, which belong to no project."""
    _require_staff(request)
    return _page(request)


@require_GET
@signed_in
def of_all_csv(request):
    _require_staff(request)
    return _csv(request, name="audit")


def _page(request, project=None, names=()):
    form = FilterForm(request.GET)
    asked = form.asked()
    page = Paginator(selectors.entries(project=project, **asked), PAGE).get_page(request.GET.get("page"))
    selectors.linked(page.object_list)
    context = {"project": project, "form": form, "asked": asked, "names": names, "page": page}
    return answer(request, "audit/list.html", context, partial="rows")


def _csv(request, *, name, project=None):
    rows = selectors.entries(project=project, **FilterForm(request.GET).asked())
    services.record(kind="audit.export", by=request.user, project=project, on=project, name=name)
    return csv_answer(selectors.lines(rows), name=name)


def _owned(request, pk) -> Project:
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    require_owner(request.user, project)
    return project


def _require_staff(request) -> None:
    if not request.user.is_staff:
        raise Http404
