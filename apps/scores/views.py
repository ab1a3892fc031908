"""Pages of score sets."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from apps.accounts.models import Project
from apps.common.charts import answer_figure, payload
from apps.common.htmx import signed_in
from apps.scores import selectors
from apps.scores.models import ScoreSet


@require_GET
@signed_in
def score_list(request, pk):
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    return render(request, "scores/list.html", {"project": project, "score_sets": selectors.score_sets_of(project)})


@require_GET
@signed_in
def detail(request, pk):
    """What a score means here: method and direction, how it is spread, and samples from both ends to read."""
    found = _score_set(request, pk)
    context = {"project": found.version.dataset.project, "score_set": found, **selectors.described(found)}
    if found.artifact:
        context["quantiles"] = selectors.quantiles(found)
        context["spread"] = selectors.spread(found)
        context["extremes"] = selectors.extremes(found)
    return render(request, "scores/detail.html", context)


@require_GET
@signed_in
def histogram(request, pk):
    found = _score_set(request, pk)
    record = selectors.histogram_record(found)
    return answer_figure(request, payload("score_histogram", [record], {}, live=False))


def _score_set(request, pk) -> ScoreSet:
    rows = ScoreSet.objects.visible_to(request.user).select_related(
        "version__dataset__project", "version__artifact", "artifact", "job", "tokenizer", "checkpoint_of"
    )
    return get_object_or_404(rows, pk=pk)
