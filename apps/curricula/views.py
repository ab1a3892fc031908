"""Pages of curricula."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from apps.accounts.models import Project
from apps.common.charts import answer_figure, payload
from apps.common.htmx import signed_in
from apps.curricula import selectors
from apps.curricula.models import Curriculum, CurriculumVersion, Plan


@require_GET
@signed_in
def curriculum_list(request, pk):
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    return render(request, "curricula/list.html", {"project": project, "curricula": selectors.curricula_of(project)})


@require_GET
@signed_in
def detail(request, pk):
    """A curriculum and its versions, newest first."""
    curriculum = get_object_or_404(Curriculum.objects.visible_to(request.user).select_related("project"), pk=pk)
    versions = curriculum.versions.prefetch_related("runs", "plans").order_by("-number")
    context = {"project": curriculum.project, "curriculum": curriculum, "versions": versions}
    return render(request, "curricula/detail.html", context)


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
    return render(request, "curricula/version.html", context)


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


def _version(request, pk) -> CurriculumVersion:
    rows = CurriculumVersion.objects.visible_to(request.user).select_related("curriculum__project")
    return get_object_or_404(rows, pk=pk)


def _plan(request, pk) -> Plan:
    """A finished plan: an unfinished one has nothing to draw."""
    rows = Plan.objects.visible_to(request.user).filter(artifact__isnull=False)
    return get_object_or_404(rows.select_related("artifact", "version"), pk=pk)
