"""Pages of score sets."""

from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.models import Project
from apps.common.charts import answer_figure, payload
from apps.common.htmx import answer, signed_in, wants_partial
from apps.common.paging import page_of
from apps.common.roles import may_edit
from apps.scores import pages, selectors
from apps.scores.models import ScoreSet


@require_GET
@signed_in
def score_list(request, pk):
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    context = {"project": project, "score_sets": page_of(request, selectors.score_sets_of(project))}
    context["may_edit"] = may_edit(request.user, project)
    return render(request, "scores/list.html", context)


@require_GET
@signed_in
def detail(request, pk):
    """What a score means here: method and direction, how it is spread, and samples from both ends to read.

    While it is made, its state asks for itself; once that is over, htmx is told to open the page anew.
    """
    found = _score_set(request, pk)
    if wants_partial(request) and found.job.is_over:
        return HttpResponseClientRefresh()
    project = found.version.dataset.project
    context = {"project": project, "score_set": found, **selectors.described(found)}
    context["may_edit"] = may_edit(request.user, project)
    context |= pages.finished(found) if found.artifact else pages.state(found, context["may_edit"])
    return answer(request, "scores/detail.html", context, partial="state")


@require_GET
@signed_in
def histogram(request, pk):
    found = _score_set(request, pk)
    record = selectors.histogram_record(found)
    return answer_figure(request, payload("score_histogram", [record], {}, live=False))


@require_GET
@signed_in
def samples(request, pk):
    """The samples between two scores, at one end, or of a domain: the address says which; ``?bar=`` leads to its range."""
    found = _score_set(request, pk)
    if not found.artifact:
        return redirect("scores:detail", found.pk)
    if "bar" in request.GET:
        return redirect(pages.bar_url(found, request.GET["bar"]))
    context = pages.samples_context(found, request.GET)
    return answer(request, "scores/samples.html", context, partial="found")


def _score_set(request, pk) -> ScoreSet:
    rows = ScoreSet.objects.visible_to(request.user).select_related(
        "version__dataset__project",
        "version__artifact",
        "artifact",
        "job",
        "tokenizer",
        "checkpoint_of",
        "reference__dataset",
    )
    return get_object_or_404(rows, pk=pk)
