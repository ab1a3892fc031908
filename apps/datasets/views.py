"""Pages of datasets."""

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.models import Project
from apps.common.csvs import attachment
from apps.common.htmx import answer, piece, signed_in
from apps.common.method_form import put_error
from apps.common.paging import page_of
from apps.common.roles import may_edit, require_editor
from apps.datasets import pages, selectors, services
from apps.datasets.forms import ExportForm, NotesForm
from apps.datasets.models import Dataset, DatasetExport, DatasetVersion
from gradatim.errors import UserError


@require_GET
@signed_in
def dataset_list(request, pk):
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    page = page_of(request, selectors.datasets_of(project))
    context = {"project": project, "datasets": selectors.with_newest(page)}
    return render(request, "datasets/list.html", context | {"may_edit": may_edit(request.user, project)})


@require_GET
@signed_in
def detail(request, pk):
    """A dataset: what it is, and its versions, newest first."""
    dataset = get_object_or_404(Dataset.objects.visible_to(request.user).select_related("project"), pk=pk)
    versions = dataset.versions.select_related("job", "artifact").order_by("-number")
    context = {"project": dataset.project, "dataset": dataset, "versions": versions}
    return render(request, "datasets/detail.html", context | {"may_edit": may_edit(request.user, dataset.project)})


@require_http_methods(["GET", "POST"])
@signed_in
def notes(request, pk):
    """Name, licence and notes of a dataset."""
    dataset = get_object_or_404(Dataset.objects.visible_to(request.user).select_related("project"), pk=pk)
    require_editor(request.user, dataset.project)
    now = {name: getattr(dataset, name) for name in ("name", "licence", "description")}
    form = NotesForm(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_dataset(dataset=dataset, by=request.user, **form.cleaned_data)
            return redirect("datasets:detail", dataset.pk)
        except UserError as error:
            put_error(form, error)
    return render(request, "datasets/notes.html", {"project": dataset.project, "dataset": dataset, "form": form})


@require_GET
@signed_in
def version(request, pk):
    """A version with its samples; page, domain, word and sorting are the address. htmx gets the samples alone."""
    found = _version(request, pk)
    context = {"project": found.dataset.project, "version": found}
    context["may_edit"] = may_edit(request.user, found.dataset.project)
    context |= pages.browsing(found, request.GET) if found.artifact else pages.making(found)
    return answer(request, "datasets/version.html", context, partial="samples")


@require_GET
@signed_in
def state(request, pk):
    """The live part of a version that is being made; once it is made the whole page is wanted."""
    found = _version(request, pk)
    if found.artifact and request.htmx:
        return HttpResponseClientRefresh()
    context = {"version": found, "may_edit": may_edit(request.user, found.dataset.project), **pages.making(found)}
    return piece(request, "datasets/making.html", context)


@require_POST
@signed_in
def import_again(request, pk):
    """Import the same file once more, as the same version; ``on_bad`` says what becomes of bad rows."""
    found = _version(request, pk)
    require_editor(request.user, found.dataset.project)
    on_bad = "skip" if request.POST.get("on_bad") == "skip" else "stop"
    try:
        services.import_again(version=found, on_bad=on_bad, by=request.user)
    except UserError as error:
        messages.error(request, error.sentence)
    return redirect("datasets:version", found.pk)


@require_GET
@signed_in
def sample(request, pk, position):
    """One sample whole, with what every score set says of it."""
    found = _version(request, pk)
    row = selectors.sample(found, position) if found.artifact else None
    if row is None:
        raise Http404
    context = {"project": found.dataset.project, "version": found, "sample": row}
    return render(request, "datasets/sample.html", context | {"scores": selectors.scores_at(found, position)})


@require_http_methods(["GET", "POST"])
@signed_in
def export(request, pk):
    """Choose samples of a version to take away; the exports there are follow their jobs. htmx gets these alone."""
    found = _version(request, pk)
    if not found.artifact:
        raise Http404
    form = ExportForm(found, request.POST or None, initial=request.GET.dict())
    if request.method == "POST":
        require_editor(request.user, found.dataset.project)
        if form.is_valid():
            chosen = {"format": form.cleaned_data["format"], "selection": form.selection()}
            services.export_version(version=found, by=request.user, **chosen)
            return redirect("datasets:export", found.pk)
    return answer(request, "datasets/export.html", pages.exporting(found, form, request.user), partial="exports")


@require_GET
@signed_in
def download(request, pk):
    """The file of an export."""
    rows = DatasetExport.objects.visible_to(request.user).select_related("version__dataset__project", "artifact")
    found = get_object_or_404(rows.filter(artifact__isnull=False), pk=pk)
    file = services.take_export(export=found, by=request.user).open("rb")
    name = f"{found.version.dataset.name}-version-{found.version.number}.{found.format}"
    return attachment(FileResponse(file, content_type="application/octet-stream"), name)


def _version(request, pk) -> DatasetVersion:
    rows = DatasetVersion.objects.visible_to(request.user).select_related("dataset__project", "artifact", "job", "file")
    return get_object_or_404(rows, pk=pk)
