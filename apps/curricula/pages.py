"""What the builder's pages are made of: a form as it was opened or sent, its preview, and where saving leads."""

from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse

from apps.accounts.models import Project
from apps.common.charts import payload
from apps.common.htmx import answer
from apps.curricula import diffs, meters, services, typed
from apps.curricula.builder import Builder
from apps.curricula.choices import choices_of
from apps.curricula.models import Curriculum, CurriculumVersion
from apps.curricula.preview import Preview, preview_of
from apps.curricula.preview_figures import figures_of
from apps.curricula.timeline import timeline_of
from apps.runs.likely import likely_of
from gradatim.errors import UserError

NOTHING = (
    "Nothing to draw yet: an order is drawn against scores, so it needs a finished score set of its dataset version."
)
UNREAD = "Nothing to draw yet: a field of the phase is still empty, or cannot be read."


def build(request, project: Project, source: CurriculumVersion | None, curriculum: Curriculum | None = None):
    """The page of a new curriculum, or of a further version of ``curriculum``, filled in as ``source`` is."""
    choices, asked = choices_of(project), request.POST.get("do", "save")
    values = typed.read(request.POST) if request.method == "POST" else _opened(source, choices, curriculum)
    if asked not in ("save", "preview"):
        values = typed.change(values, asked, choices)
    check = request.method == "POST" and asked in ("save", "preview")
    page = Builder(values, choices, check=check, named=bool(curriculum))
    if check and asked == "save" and (made := _saved(page, request, project, curriculum)):
        return redirect("curricula:version", made.pk)
    context = {"project": project, "curriculum": curriculum, "source": source, "builder": page}
    context["ready"] = choices.versions and choices.tokenizers
    context["batch"] = batch = meters.batch_of(request.POST.get("batch"))
    if check and asked == "preview":
        context["preview"] = _looked_at(page, batch.size)
    return answer(request, "curricula/builder.html", context, partial="body")


def previewed(request, project: Project) -> dict:
    """What the page shows beside the form while it is being filled in; the data's complaints and remarks by field."""
    page = Builder(typed.read(request.POST), choices_of(project), check=True, named="name" not in request.POST)
    batch = meters.batch_of(request.POST.get("batch"))
    draft = page.partial()
    found = _seen(page, draft, batch.size)
    against = diffs.against(request.POST.get("against", ""), draft, project, page.choices)
    likely = (
        likely_of(project, draft["phases"], _of_version(request.POST.get("against", ""), project)) if draft else None
    )
    context = {"preview": found, "against": against, "likely": likely}
    html = render_to_string("curricula/preview.html", context, request)
    problems = page.problems()
    if batch.error:
        problems.append({"id": "batch", "label": "Batch, in samples", "sentence": batch.error})
    notes = page.notes(found.remarks)
    found_and_drawn = {"figures": _figures(found), "timeline": timeline_of(found, draft, likely)}
    return {"html": html, "problems": problems, "notes": notes} | found_and_drawn


def import_form(request, project: Project, form):
    """The import page; a document that can be used becomes a curriculum."""
    if form.is_valid():
        try:
            made = services.import_document(project=project, by=request.user, **form.cleaned_data)
            return redirect("curricula:version", made.pk)
        except UserError as error:
            form.refuse(error)
    return render(request, "curricula/import.html", {"project": project, "form": form})


def train_url(version: CurriculumVersion) -> str:
    """Where a run with this version is configured; empty where this installation has no such page."""
    try:
        return f"{reverse('runs:new', args=[version.curriculum.project_id])}?version={version.pk}"
    except NoReverseMatch:
        return ""


def _opened(source: CurriculumVersion | None, choices, curriculum: Curriculum | None) -> typed.Typed:
    if source is None:
        return typed.first(choices)
    values = typed.of_draft(source.draft)
    if not curriculum:
        values.values |= {"name": [f"{source.curriculum.name} (copy)"[:120]]}
        values.values |= {"description": [source.curriculum.description]}
    return values


def _of_version(asked: str, project: Project) -> Curriculum | None:
    """The curriculum whose next version is composed; ``asked`` is the id of the version that it was filled in as."""
    try:
        return Curriculum.objects.filter(project=project, versions=asked).first() if asked else None
    except (ValueError, ValidationError):
        return None


def _saved(page: Builder, request, project: Project, curriculum: Curriculum | None) -> CurriculumVersion | None:
    """The version that was made of valid forms; otherwise all that is wrong stands at its field."""
    if not page.is_valid():
        _looked_at(page)  # so that the data's complaints are said at once too
        return None
    head, draft = page.head.cleaned_data.copy(), page.draft()
    try:
        if curriculum:
            return services.create_version(curriculum=curriculum, draft=draft, by=request.user)
        about = {"name": head["name"], "description": head["description"]}
        return services.create_curriculum(project=project, draft=draft, by=request.user, **about)
    except UserError as error:
        page.put(error)
        for other in preview_of(draft, page.choices, drawn=False).errors:
            if other.field != error.field:
                page.put(other)
        return None


def _looked_at(page: Builder, batch: int = meters.BATCH) -> Preview:
    return _seen(page, page.partial(), batch)


def _seen(page: Builder, draft: dict | None, batch: int) -> Preview:
    found = preview_of(draft, page.choices, batch=batch) if draft else Preview()
    for error in found.errors:
        page.put(error)
    return found


def _figures(found: Preview) -> dict[str, dict]:
    """Figures by name, each stream in the colour of its bar."""
    drawn = {}
    for name, records in figures_of(found).items():
        params = {"view": "stacked"} if name == "mixture" else {}
        drawn[name] = payload(name, records, params, live=False) | {"empty": NOTHING if found.streams else UNREAD}
        colors = {record["name"]: record["color"] for record in records if "color" in record}
        colors |= {f"{stream.name}, planned": stream.color for stream in found.streams}
        for trace in drawn[name]["figure"]["data"]:
            known = colors.get(trace["name"]) or colors.get(trace["name"].rpartition(", ")[0])
            trace["meta"]["color"] = (known or 1) - 1
    drawn["mixture"]["reading"] = found.mixture_in_words
    return drawn
