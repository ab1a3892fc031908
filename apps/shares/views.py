"""Making and revoking share links: owners and editors of the project."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common import confirm
from apps.common.htmx import answer, signed_in
from apps.common.roles import require_editor
from apps.comparisons import selectors as comparisons
from apps.comparisons.settings import differing
from apps.shares import selectors as shares
from apps.shares import services
from apps.shares.exports import html_answer
from apps.shares.forms import ShareForm
from apps.shares.models import ShareLink
from gradatim.errors import UserError


@require_POST
@signed_in
def create(request):
    """A link to the posted runs, shown this once."""
    runs, view = _posted(request)
    project = runs[0].project
    require_editor(request.user, project)
    form = ShareForm(request.POST)
    names = [str(run.pk) for run in runs]
    context = {"form": form, "project": project, "names": ",".join(names), "view": view}
    context["visible"] = shares.visible_in(runs, differing(runs))
    if form.is_valid():
        asked = {"project": project, "runs": names, "view": view.stored(), "by": request.user, **form.cleaned_data}
        context |= _made(form, asked)
    return answer(request, "shares/create.html", context, partial="dialog")


@require_GET
@signed_in
def export(request):
    """The comparison that the address names as one file to keep or send; a saved one with its title and question."""
    runs, view = _posted(request, request.GET)
    saved = shares.saved_named(user=request.user, key=request.GET.get("saved", ""))
    title = saved.name if saved else f"{len(runs)} run{'' if len(runs) == 1 else 's'} compared"
    question = saved.question if saved else ""
    return html_answer(comparisons.compare(runs, view, siblings=False), title=title, question=question)


@require_http_methods(["GET", "POST"])
@signed_in
def revoke(request, pk):
    """First a page that says what stops working; posting it is meant."""
    link = get_object_or_404(ShareLink.objects.visible_to(request.user).select_related("project"), pk=pk)
    require_editor(request.user, link.project)
    if request.method == "GET":
        return confirm.ask(request, **shares.revoking(link))
    services.revoke(link=link, by=request.user)
    messages.success(request, f"“{link.title}” is revoked: nobody can open it any more.")
    return redirect("comparisons:list", link.project_id)


@require_http_methods(["GET", "POST"])
@signed_in
def rotate(request, pk):
    """First a page that says what stops working; posting it shows the new address, this once."""
    link = get_object_or_404(ShareLink.objects.visible_to(request.user).select_related("project"), pk=pk)
    require_editor(request.user, link.project)
    if request.method == "GET":
        return confirm.ask(request, **shares.rotating(link))
    try:
        link, url = services.rotate(link=link, by=request.user)
    except UserError as error:
        messages.error(request, error.sentence)
        return redirect("comparisons:list", link.project_id)
    return render(request, "shares/create.html", {"link": link, "url": url, "project": link.project})


def _posted(request, state=None):
    """(runs, view) of a comparison's state in a form, or in a query; 404 where a run is not there to be seen."""
    state = request.POST if state is None else state
    try:
        runs = comparisons.visible_runs(user=request.user, ids=comparisons.ids_of(state))
        view = comparisons.view_of(state)
    except UserError as error:
        raise Http404(error.sentence) from None
    if not runs:
        raise Http404
    return runs, view


def _made(form, asked: dict) -> dict:
    """The link and its address, or what is wrong at its field."""
    try:
        link, url = services.create_share(**asked)
    except UserError as error:
        form.add_error(error.field if error.field in form.fields else None, error.sentence)
        return {}
    return {"link": link, "url": url}
