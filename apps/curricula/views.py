"""Pages of curricula."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import Project
from apps.common.charts import answer_figure, payload
from apps.common.htmx import answer, signed_in
from apps.common.paging import page_of
from apps.common.roles import may_edit, require_editor
from apps.curricula import diffs, pages, selectors, services
from apps.curricula.forms import ImportForm, PlanForm
from apps.curricula.models import Curriculum, CurriculumVersion, Plan


@require_GET
@signed_in
def curriculum_list(request, pk):
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    page = page_of(request, selectors.curricula_of(project))
    context = {"project": project, "curricula": selectors.with_newest(page)}
    return render(request, "curricula/list.html", context | {"may_edit": may_edit(request.user, project)})


@require_GET
@signed_in
def detail(request, pk):
    """A curriculum and its versions, newest first, and what differs between two of them (``?from=1&to=2``)."""
    curriculum = get_object_or_404(Curriculum.objects.visible_to(request.user).select_related("project"), pk=pk)
    versions = list(curriculum.versions.prefetch_related("runs", "plans").order_by("-number"))
    context = {"project": curriculum.project, "curriculum": curriculum, "versions": versions}
    context |= diffs.compared(versions, request.GET) | {"may_edit": may_edit(request.user, curriculum.project)}
    return answer(request, "curricula/detail.html", context, partial="differences")


@require_GET
@signed_in
def orders(request, pk):
    """The orders of two versions (``?from=1&to=2``) in one picture."""
    curriculum = get_object_or_404(Curriculum.objects.visible_to(request.user), pk=pk)
    versions = curriculum.versions.select_related("curriculum__project").order_by("-number")
    return answer_figure(request, diffs.pictured(list(versions), request.GET))


@require_GET
@signed_in
def version(request, pk):
    """A version in words, with its mixture, the order of one of its plans (``?plan=``), its document and its runs."""
    found = _version(request, pk)
    plans = list(selectors.plans_of(found))
    done = [plan for plan in plans if plan.artifact]
    shown = next((plan for plan in done if str(plan.pk) == request.GET.get("plan")), done[0] if done else None)
    context = {"project": found.curriculum.project, "version": found, "plans": plans, "shown": shown}
    context |= selectors.described(found)
    context["runs"] = found.runs.select_related("job").order_by("created_at")
    context["yaml"] = selectors.yaml_of(found) if found.document else ""
    context |= {"may_edit": may_edit(request.user, context["project"]), "plan_form": PlanForm()}
    context["train_url"] = pages.train_url(found)
    return render(request, "curricula/version.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def new(request, pk):
    """A new curriculum, empty or filled in as a version (``?from=``) that the person may see in this project."""
    project = _to_edit(request, pk)
    source = request.GET.get("from")
    rows = CurriculumVersion.objects.filter(curriculum__project=project).select_related("curriculum")
    return pages.build(request, project, get_object_or_404(rows, pk=_uuid(source)) if source else None)


@require_http_methods(["GET", "POST"])
@signed_in
def edit(request, pk):
    """The next version of a curriculum, filled in as its newest one, or as the one of number ``?from=``."""
    curriculum = get_object_or_404(Curriculum.objects.visible_to(request.user).select_related("project"), pk=pk)
    require_editor(request.user, curriculum.project)
    asked = request.GET.get("from", "")
    versions = curriculum.versions.select_related("curriculum").order_by("-number")
    source = get_object_or_404(versions, number=asked) if asked.isdecimal() else versions.first()
    return pages.build(request, curriculum.project, source, curriculum)


@require_POST
@signed_in
def preview(request, pk):
    return JsonResponse(pages.previewed(request, _to_edit(request, pk)))


@require_http_methods(["GET", "POST"])
@signed_in
def import_yaml(request, pk):
    project = _to_edit(request, pk)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    return pages.import_form(request, project, ImportForm(*sent))


@require_POST
@signed_in
def plan(request, pk):
    """Queue the plan under a seed, or say that there is one."""
    found = _version(request, pk)
    require_editor(request.user, found.curriculum.project)
    form = PlanForm(request.POST)
    if form.is_valid():
        made = services.plan_version(version=found, seed=form.cleaned_data["seed"], by=request.user)
        messages.success(request, selectors.plan_in_words(made))
        return redirect("curricula:version", pk)
    return render(request, "curricula/plan.html", {"project": found.curriculum.project, "version": found, "form": form})


@require_GET
@signed_in
def yaml(request, pk):
    found = _version(request, pk)
    if not found.document:
        raise Http404
    name = f"{found.digest[:12]}.yaml"
    headers = {"Content-Disposition": f'attachment; filename="curriculum-{name}"'}
    return HttpResponse(selectors.yaml_of(found), content_type="application/yaml", headers=headers)


@require_GET
@signed_in
def order(request, pk):
    plan = _plan(request, pk)
    drawn = payload("order_preview", selectors.order_records(plan), {}, live=False)
    return answer_figure(request, drawn | {"empty": selectors.NO_SCORES})


@require_GET
@signed_in
def mixture(request, pk):
    plan = _plan(request, pk)
    drawn = payload("mixture", [selectors.mixture_record(plan)], {"view": "stacked"}, live=False)
    selectors.in_stream_colors(drawn["figure"], plan.version)
    return answer_figure(request, drawn | {"reading": selectors.mixture_reading(plan)})


def _to_edit(request, pk) -> Project:
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    require_editor(request.user, project)
    return project


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def _version(request, pk) -> CurriculumVersion:
    rows = CurriculumVersion.objects.visible_to(request.user).select_related("curriculum__project")
    return get_object_or_404(rows, pk=pk)


def _plan(request, pk) -> Plan:
    """A finished plan: an unfinished one has nothing to draw."""
    rows = Plan.objects.visible_to(request.user).filter(artifact__isnull=False)
    return get_object_or_404(rows.select_related("artifact", "version"), pk=pk)
