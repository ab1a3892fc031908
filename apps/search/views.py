"""The page of the search, and the palette that every page opens over itself."""

from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_GET

from apps.common.htmx import piece, signed_in
from apps.search import pages


@require_GET
@signed_in
def search(request):
    """Everything that one may see, by words or the beginning of an id; works without scripts."""
    here = pages.project_of(request.user, request.GET.get("in", ""))
    found = pages.page(request.user, request.GET.get("q", ""), request.GET.get("kind", ""), here)
    response = render(request, "search/page.html", found)
    add_never_cache_headers(response)
    return response


@require_GET
@signed_in
def palette(request):
    """The options of the palette."""
    here = pages.project_of(request.user, request.GET.get("in", ""))
    opened = request.GET.get("opened", "").split()
    return piece(request, "search/options.html", pages.palette(request.user, request.GET.get("q", ""), here, opened))
