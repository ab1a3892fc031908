"""Pages that make score sets: by a method, or from a file of scores."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.models import Project
from apps.common.htmx import answer, piece, signed_in
from apps.common.roles import require_editor
from apps.datasets.models import DatasetVersion
from apps.scores import pages, starting
from apps.scores.forms import ColumnsForm, ScoreSetForm, UploadForm


@require_http_methods(["GET", "POST"])
@signed_in
def new(request, pk):
    """A score set by a method. htmx asks for the fields of another method; without script sending the form does."""
    project = _project(request, pk)
    form = ScoreSetForm(project, request.POST or None, starting.initial_of(project, request.GET))
    if request.method == "POST" and form.is_valid() and (made := starting.start(form, by=request.user)):
        return redirect("scores:detail", made.pk)
    context = {"project": project, "form": form, "forecast": starting.forecast_of(form)}
    return answer(request, "scores/new.html", context, partial="fields")


@require_GET
@signed_in
def forecast(request, pk):
    """What the form that is being filled in would take."""
    project = _project(request, pk)
    form = ScoreSetForm(project, request.GET)
    return piece(request, "scores/forecast.html", {"forecast": starting.forecast_of(form)})


@require_http_methods(["GET", "POST"])
@signed_in
def upload(request, pk):
    """The first step of an import: the file."""
    project = _project(request, pk)
    initial = {"version": request.GET.get("version")}
    form = UploadForm(project, request.POST or None, request.FILES or None, initial=initial)
    if getattr(request, "too_large", False):
        form.add_error("file", pages.too_large())
    if request.method == "POST" and form.is_valid() and (name := starting.keep_upload(form, project)):
        return redirect(reverse("scores:columns", args=[form.cleaned_data["version"].pk]) + f"?file={name}")
    return render(request, "scores/upload.html", {"project": project, "form": form})


@require_http_methods(["GET", "POST"])
@signed_in
def columns(request, pk):
    """The second step: its columns, guessed and shown on the first rows, and what is missing, before anything starts."""
    version = _version(request, pk)
    name = request.GET.get("file", "")
    file, problem = pages.kept_file(version.dataset.project, name)
    if problem:
        messages.error(request, problem)
        return pages.upload_again(request, version)
    form = ColumnsForm(file["names"], request.POST or None, initial=pages.guess(file))
    if request.method == "POST" and (made := starting.start_import(form, version=version, name=name, by=request.user)):
        return redirect("scores:detail", made.pk)
    return render(request, "scores/columns.html", pages.columns_context(version, name, file, form))


def _project(request, pk) -> Project:
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    require_editor(request.user, project)
    return project


def _version(request, pk) -> DatasetVersion:
    rows = DatasetVersion.objects.visible_to(request.user).select_related("dataset__project", "artifact")
    version = get_object_or_404(rows, pk=pk, artifact__isnull=False)
    require_editor(request.user, version.dataset.project)
    return version
