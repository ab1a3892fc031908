"""The tables that a comparison fetches once its page is there: guideline meters, and what differs in the data."""

from django.http import Http404
from django.views.decorators.http import require_GET

from apps.common.htmx import piece, signed_in
from apps.comparisons import selectors
from apps.comparisons.data import data_of
from apps.comparisons.meters import meters_of
from apps.curricula.gauges import VALUES
from gradatim.errors import UserError


@require_GET
@signed_in
def meters(request):
    """One row a run of ``?runs=``."""
    columns = [(word, meaning) for _, word, meaning in VALUES]
    return piece(request, "comparisons/meters.html", {"rows": meters_of(_runs(request)), "columns": columns})


@require_GET
@signed_in
def data(request):
    """Each curriculum of ``?runs=`` against that of the baseline."""
    asked = request.GET.get("baseline", "")
    baseline = int(asked) if asked.isdecimal() and asked.isascii() and len(asked) < 4 else 0
    return piece(request, "comparisons/data.html", {"data": data_of(_runs(request), baseline)})


def _runs(request):
    """All of them visible; 404 for any that is not, and without any."""
    try:
        runs = selectors.visible_runs(user=request.user, ids=selectors.ids_of(request.GET))
    except UserError as error:
        raise Http404(error.sentence) from None
    if not runs:
        raise Http404
    return runs
