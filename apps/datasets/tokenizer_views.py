"""Pages of tokenizers."""

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.models import Project
from apps.common import lookup
from apps.common.htmx import answer, signed_in, wants_partial
from apps.common.method_form import put_error
from apps.common.paging import page_of
from apps.common.roles import may_edit, require_editor
from apps.datasets import services, tokenizer_selectors, tokenizer_services
from apps.datasets.models import Tokenizer
from apps.datasets.tokenizer_forms import CountForm, TrainForm, TryForm, UploadForm
from apps.jobs import pages as job_pages
from gradatim.errors import UserError


@require_GET
@signed_in
def tokenizer_list(request, pk):
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    page = page_of(request, tokenizer_selectors.tokenizers_of(project))
    context = {"project": project, "tokenizers": page}
    return render(request, "tokenizers/list.html", context | {"may_edit": may_edit(request.user, project)})


@require_http_methods(["GET", "POST"])
@signed_in
def train(request, pk):
    project = _editable(request, pk)
    form = TrainForm(project, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = tokenizer_services.train(project=project, by=request.user, **form.asked())
            return redirect("tokenizers:detail", made.pk)
        except UserError as error:
            put_error(form, error)
    return render(request, "tokenizers/train.html", {"project": project, "form": form})


@require_http_methods(["GET", "POST"])
@signed_in
def upload(request, pk):
    project = _editable(request, pk)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = tokenizer_services.upload(project=project, by=request.user, **form.cleaned_data)
            return redirect("tokenizers:detail", made.pk)
        except UserError as error:
            put_error(form, error)
    return render(request, "tokenizers/upload.html", {"project": project, "form": form})


@require_http_methods(["GET", "POST"])
@signed_in
def detail(request, pk):
    """A tokenizer, and a box to try it in. A text goes in the body of a request: addresses are kept in logs."""
    found = _tokenizer(request, pk)
    form = TryForm(request.POST or None)
    if request.method == "POST" and found.artifact:
        tried = _tried(found, form)
        return answer(request, "tokenizers/detail.html", _context(request, found, form, tried), partial="tried")
    counts = request.htmx.target == "counts"
    if wants_partial(request) and found.job.is_over and not counts:
        return HttpResponseClientRefresh()
    partial = "counted" if counts else "state"
    return answer(request, "tokenizers/detail.html", _context(request, found, form), partial=partial)


@require_POST
@signed_in
def count(request, pk):
    """Make the tokens of a dataset version, so that they can be counted and learned from; asked from its page, that page follows."""
    found = _tokenizer(request, pk)
    require_editor(request.user, found.project)
    form = CountForm(tokenizer_selectors.not_counted(found), request.POST)
    if form.is_valid():
        version = services.tokenize_version(
            version=form.cleaned_data["version"], tokenizer=found, by=request.user
        ).version
        if request.POST.get("back") == "version":
            return redirect("datasets:version", version.pk)
    return redirect("tokenizers:detail", found.pk)


@require_GET
@signed_in
def download(request, pk):
    found = _tokenizer(request, pk)
    if not found.artifact:
        raise Http404
    file = (lookup.folder(found.artifact) / "tokenizer.json").open("rb")
    return FileResponse(file, as_attachment=True, filename="tokenizer.json", content_type="application/json")


def _tried(found: Tokenizer, form: TryForm) -> tokenizer_selectors.Tried | None:
    if not form.is_valid():
        return None
    try:
        return tokenizer_selectors.tried(found, form.cleaned_data["text"])
    except UserError as error:
        put_error(form, error)
        return None


def _context(request, found: Tokenizer, form: TryForm, tried=None) -> dict:
    context = {"project": found.project, "tokenizer": found, "try_form": form, "tried": tried}
    context["may_edit"] = may_edit(request.user, found.project)
    context["trained_on"] = tokenizer_selectors.trained_on(found)
    if not found.artifact:
        return context | job_pages.state(found.job)
    counted = tokenizer_selectors.tokens_by_version(found)
    waiting = tokenizer_selectors.not_counted(found) if context["may_edit"] else []
    context["poll"] = job_pages.poll_of([entry["row"].job for entry in counted])
    return context | {"counted": counted, "count_form": CountForm(waiting) if waiting else None}


def _editable(request, pk) -> Project:
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    require_editor(request.user, project)
    return project


def _tokenizer(request, pk) -> Tokenizer:
    rows = Tokenizer.objects.visible_to(request.user).select_related("project", "job", "artifact")
    return get_object_or_404(rows, pk=pk)
