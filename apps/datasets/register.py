"""Doors through which files come in: a page with an upload and the server's folders, and the pieces of an upload."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import Project
from apps.common.htmx import answer, signed_in
from apps.common.method_form import put_error
from apps.common.roles import require_editor
from apps.datasets import looks, roots, services, sources, uploads
from apps.datasets.forms import FileForm, FolderForm, ImportForm
from apps.datasets.models import Dataset, SourceFile
from gradatim.errors import UserError


@require_http_methods(["GET", "POST"])
@signed_in
def register(request, pk):
    """The page, and the plain post of its file."""
    project = _project(request, pk)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and getattr(request, "too_large", False):
        limit = f"{settings.UPLOAD_PLAIN_MAX_BYTES / 1e6:,.0f} MB"
        form.errors["file"] = form.error_class(
            [f"Without scripts a file may have {limit}: switch them on, or split it."]
        )
    elif request.method == "POST" and form.is_valid():
        try:
            dataset = _dataset(request, project)
            file = sources.upload_whole(
                project=project, upload=form.cleaned_data["file"], by=request.user, dataset=dataset
            )
            return redirect("datasets:preview", file.pk)
        except UserError as error:
            put_error(form, error)
    return _page(request, project, form=form)


@require_POST
@signed_in
def register_folder(request, pk):
    """A file in a folder of the server."""
    project = _project(request, pk)
    form = FolderForm(request.POST)
    if form.is_valid():
        try:
            dataset = _dataset(request, project)
            file = sources.register(project=project, by=request.user, dataset=dataset, **form.cleaned_data)
            return redirect("datasets:preview", file.pk)
        except UserError as error:
            put_error(form, error)
    return _page(request, project, folder=form)


@require_POST
@signed_in
def start(request, pk):
    """Begin an upload in pieces, or go on with one: where it is, and how much of it has arrived."""
    project = _project(request, pk)
    size = request.POST.get("size", "")
    asked = {"name": request.POST.get("name", ""), "fingerprint": request.POST.get("fingerprint", "")}
    try:
        size = int(size) if size.isdecimal() and len(size) < 16 else 0
        dataset = _dataset(request, project)
        file = sources.start_upload(project=project, size=size, by=request.user, dataset=dataset, **asked)
    except UserError as error:
        return JsonResponse({"error": error.sentence}, status=400)
    return JsonResponse(_where(file))


@require_http_methods(["GET", "PUT", "DELETE"])
@signed_in
def upload(request, pk):
    """How far an upload is; a piece of it at ``?offset=``; its end by cancelling."""
    file = _source(request, pk)
    if request.method == "PUT":
        return _piece(request, file)
    if request.method == "DELETE":
        sources.discard(file=file)
        return HttpResponse(status=204)
    return JsonResponse(_where(file))


def _piece(request, file: SourceFile):
    offset = request.GET.get("offset", "")
    data = request.read(uploads.LARGEST_PIECE + 1)
    if not offset.isdecimal() or not 0 < len(data) <= uploads.LARGEST_PIECE:
        return JsonResponse({"error": "A piece has a place and at most 16 MB."}, status=400)
    try:
        return JsonResponse(_where(sources.add_piece(file=file, offset=int(offset), data=data)))
    except sources.Misplaced as error:
        return JsonResponse({"offset": error.args[0]}, status=409)
    except UserError as error:
        sources.discard(file=file)
        return JsonResponse({"error": error.sentence}, status=400)


@require_http_methods(["GET", "POST"])
@signed_in
def preview(request, pk):
    """What the file holds and what a mapping makes of it; posting starts the import. htmx gets the samples alone."""
    file = _source(request, pk)
    try:
        seen = looks.look(file)
    except UserError as error:
        return _gone(request, file, error.sentence)
    form = _import_form(request, file, seen)
    if request.method == "POST" and form.is_valid() and (version := _imported(form, file, request.user)):
        return redirect("datasets:version", version.pk)
    head, problem = looks.head(seen, form.mapping())
    context = {"project": file.project, "file": file, "seen": seen, "form": form, "head": head, "problem": problem}
    return answer(request, "datasets/preview.html", context, partial="mapped")


@require_POST
@signed_in
def discard(request, pk):
    file = _source(request, pk)
    sources.discard(file=file)
    messages.info(request, f"{file.name} was not imported.")
    return redirect("datasets:list", file.project_id)


def _gone(request, file: SourceFile, sentence: str):
    """Where a file leads that is no more: to what was made of it, else to where another can be given."""
    version = file.versions.order_by("-created_at").first()
    if version:
        return redirect("datasets:version", version.pk)
    messages.warning(request, sentence)
    return redirect("datasets:register", file.project_id)


def _import_form(request, file: SourceFile, seen) -> ImportForm:
    if request.method == "POST":
        return ImportForm(file.project, seen, request.POST)
    failed = file.versions.select_related("dataset").filter(artifact=None).first()
    dataset = failed.dataset if failed else file.dataset
    latest = failed or (dataset.versions.order_by("-number").first() if dataset else None)
    before = latest.source.get("mapping", {}) if latest else {}
    known = {field.name for field in seen.fields}
    kept = {name: value for name, value in before.items() if name not in ImportForm.FIELDS or value in known}
    if before:  # what was left empty then was meant so
        kept = {**dict.fromkeys(ImportForm.FIELDS, ""), **kept, "shape": "pair" if "prompt" in before else "text"}
    target = {"target": str(dataset.pk)} if dataset else {}
    return ImportForm(file.project, seen, initial={**kept, **target, **request.GET.dict()})


def _imported(form: ImportForm, file: SourceFile, by):
    """The version whose import was queued, or None with the error at its field."""
    values, dataset = form.cleaned_data, form.dataset()
    source = {"kind": "file", "name": file.name, "mapping": form.mapping()}
    notes = {name: values[name] for name in ("licence", "description")}
    try:
        return services.import_dataset(
            project=file.project,
            name=dataset.name if dataset else values["name"],
            source=source,
            on_bad=values["on_bad"],
            by=by,
            file=file,
            **notes,
        )
    except UserError as error:
        put_error(form, error)
        return None


def _page(request, project: Project, form: FileForm | None = None, folder: FolderForm | None = None):
    names = roots.names()
    root, path = request.GET.get("root", names[0] if names else ""), request.GET.get("path", "")
    try:
        asked = {"project": project, "root": root, "path": path, "by": request.user}
        entries, problem = (sources.listing(**asked) if root else []), ""
    except UserError as error:
        entries, problem = [], error.sentence
    dataset = _dataset(request, project)
    context = {
        "project": project,
        "dataset": dataset,
        "form": form or FileForm(),
        "folder": folder or FolderForm(initial={"root": root}),
        "roots": names,
        "root": root,
        "path": path,
        "parent": path.rpartition("/")[0],
        "entries": entries,
        "problem": problem,
        "piece": uploads.PIECE,
    }
    return render(request, "datasets/register.html", context)


def _project(request, pk) -> Project:
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    require_editor(request.user, project)
    return project


def _source(request, pk) -> SourceFile:
    rows = SourceFile.objects.visible_to(request.user).select_related("project", "dataset")
    file = get_object_or_404(rows, pk=pk)
    require_editor(request.user, file.project)
    return file


def _dataset(request, project: Project) -> Dataset | None:
    """The dataset of which a new version is wanted."""
    key = request.POST.get("dataset") or request.GET.get("dataset")
    try:
        return project.datasets.filter(pk=uuid.UUID(key)).first() if key else None
    except ValueError:
        return None


def _where(file: SourceFile) -> dict:
    there = file.size if file.complete else uploads.received(file.pk)
    address = reverse("datasets:upload", args=[file.pk])
    done = {"next": reverse("datasets:preview", args=[file.pk])} if file.complete else {}
    return {"url": address, "offset": there, "size": file.size, **done}
