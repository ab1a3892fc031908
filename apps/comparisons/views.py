"""Pages of comparisons: the address says which runs are compared, and how."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.models import Project
from apps.common.htmx import answer, signed_in, wants_partial
from apps.common.method_form import put_error
from apps.common.paging import page_of
from apps.common.roles import may_edit, require_editor
from apps.comparisons import pages, selectors, services, tables
from apps.comparisons.forms import NotesForm, SaveForm
from apps.shares import selectors as shares
from gradatim.errors import UserError


@require_GET
@signed_in
def compare(request):
    """Runs that the address names; without any, a page that says where to choose them."""
    runs = _runs(request)
    if not runs:
        return render(request, "comparisons/none.html")
    return _page(request, runs, saved=None)


@require_GET
@signed_in
def detail(request, pk):
    """A saved comparison: the same page with its title; the address still overrules its view."""
    saved = selectors.visible_comparison(user=request.user, pk=pk)
    runs = selectors.visible_runs(user=request.user, ids=saved.runs, missing_ok=True)
    if not runs:
        return render(request, "comparisons/none.html", {"project": saved.project, "saved": saved})
    return _page(request, runs, saved=saved)


@require_GET
@signed_in
def table(request):
    return _taken(request, "csv")


@require_GET
@signed_in
def markdown(request):
    return _taken(request, "md")


@require_GET
@signed_in
def latex(request):
    return _taken(request, "tex")


@require_GET
@signed_in
def listing(request, pk):
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    context = {
        "project": project,
        "comparisons": page_of(request, selectors.comparisons_of(project=project, user=request.user)),
        "links": page_of(request, shares.open_first(shares.links_of(project=project, user=request.user)), name="links"),
        "may_edit": may_edit(request.user, project),
    }
    return render(request, "comparisons/list.html", context)


@require_POST
@signed_in
def save(request):
    runs = _runs(request, request.POST)
    form = SaveForm(request.POST)
    if not runs or not form.is_valid():
        context = {"form": form, "names": request.POST.get("runs", ""), "view": _view(request, {}, request.POST)[0]}
        return render(request, "comparisons/save.html", context, status=422)
    require_editor(request.user, runs[0].project)
    view, _ = _view(request, {}, request.POST)
    asked = {"project": runs[0].project, "runs": [run.pk for run in runs], "view": view.stored(), **form.cleaned_data}
    try:
        return redirect("comparisons:detail", services.save_comparison(by=request.user, **asked).pk)
    except UserError as error:
        put_error(form, error, {"runs": "name"})
        context = {"form": form, "names": request.POST.get("runs", ""), "view": view}
        return render(request, "comparisons/save.html", context, status=422)


@require_http_methods(["GET", "POST"])
@signed_in
def notes(request, pk):
    """What is noted of a saved comparison. Who saves over other notes than those that were read is shown them first."""
    saved = selectors.visible_comparison(user=request.user, pk=pk)
    require_editor(request.user, saved.project)
    form, others = NotesForm(request.POST if request.method == "POST" else None, initial={"notes": saved.notes}), ""
    if request.method == "POST" and form.is_valid():
        try:
            services.write_notes(comparison=saved, notes=form.cleaned_data["notes"], read=request.POST.get("read"))
            return redirect("comparisons:detail", saved.pk)
        except UserError as error:
            form.add_error("notes", error.sentence)
            saved.refresh_from_db()
            others = saved.notes
    context = {"saved": saved, "project": saved.project, "form": form, "others": others}
    return render(request, "comparisons/notes.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def add_controls(request):
    """Queue the re-warming controls that the posted runs lack, and compare with them."""
    runs = _runs(request, request.POST)
    if not runs:
        raise Http404
    require_editor(request.user, runs[0].project)
    view, _ = _view(request, {}, request.POST)
    try:
        added, queued = services.add_controls(runs=runs, by=request.user)
        messages.success(request, pages.controls_said(added, queued))
    except UserError as error:
        added = []
        messages.error(request, error.sentence)
    return redirect(pages.address([*runs, *added], view))


def _page(request, runs, saved):
    view, error = _view(request, saved.view if saved else {})
    view = view if saved else selectors.with_baseline(view, runs, request.GET)
    compared = selectors.compare(runs, view)
    if pages.outgrown(request, compared):
        return HttpResponseClientRefresh()
    context = pages.comparison_page(compared=compared, user=request.user, saved=saved, error=error)
    context["oob"] = wants_partial(request)
    return answer(request, "comparisons/compare.html", context, partial="findings")


def _taken(request, ending: str):
    """The tables as a file."""
    view, _ = _view(request, {})
    return tables.FORMS[ending](selectors.compare(_runs(request), view), name="comparison")


def _runs(request, query=None):
    """The runs that a query names, all of them visible; 404 for any that is not, and for what is no id."""
    try:
        ids = selectors.ids_of(query if query is not None else request.GET)
    except UserError as error:
        raise Http404(error.sentence) from None
    return selectors.visible_runs(user=request.user, ids=ids)


def _view(request, fallback, query=None):
    """(view, what is wrong with the one asked for); a wrong one shows the default and says so."""
    try:
        return selectors.view_of(query if query is not None else request.GET, fallback), None
    except UserError as error:
        return selectors.view_of({}, fallback), error
