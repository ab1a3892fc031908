"""Pages about how the score sets of a dataset version agree."""

from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from apps.common.charts import answer_figure, payload
from apps.common.htmx import answer, signed_in
from apps.common.roles import may_edit
from apps.datasets.models import DatasetVersion
from apps.scores import agreement as selectors
from apps.scores import agreement_pages
from gradatim.errors import UserError


@require_GET
@signed_in
def agreement(request, pk):
    """Two score sets (``?a=&b=``) of a version against each other, in one domain or in all: the address is the state."""
    version = _version(request, pk)
    context = agreement_pages.page(version, request.GET)
    context["may_edit"] = may_edit(request.user, version.dataset.project)
    return answer(request, "scores/agreement.html", context, partial="samples")


@require_GET
@signed_in
def figure(request, pk):
    version = _version(request, pk)
    try:
        sets = selectors.chosen(selectors.finished_sets(version), request.GET)
        pair = selectors.pair_of(version, *sets, request.GET.get("domain", ""))
    except UserError as error:
        return JsonResponse({"detail": error.sentence}, status=400)
    return answer_figure(request, payload("agreement", [selectors.record_of(pair)], {}, live=False))


def _version(request, pk) -> DatasetVersion:
    rows = DatasetVersion.objects.visible_to(request.user).select_related("dataset__project", "artifact")
    return get_object_or_404(rows, pk=pk)
