"""The table of guideline meters that a comparison fetches once its page is there."""

from django.http import Http404
from django.views.decorators.http import require_GET

from apps.common.htmx import piece, signed_in
from apps.comparisons import selectors
from apps.comparisons.meters import meters_of
from apps.curricula.gauges import VALUES
from gradatim.errors import UserError


@require_GET
@signed_in
def meters(request):
    """One row a run of ``?runs=``, all of them visible; 404 for any that is not, and without any."""
    try:
        runs = selectors.visible_runs(user=request.user, ids=selectors.ids_of(request.GET))
    except UserError as error:
        raise Http404(error.sentence) from None
    if not runs:
        raise Http404
    columns = [(word, meaning) for _, word, meaning in VALUES]
    return piece(request, "comparisons/meters.html", {"rows": meters_of(runs), "columns": columns})
