"""One page of a list, as the address asks for it."""

from django.core.paginator import Page, Paginator

PAGE = 50


def page_of(request, rows, *, name: str = "page") -> Page:
    """``rows`` are a list or an ordered queryset; a number that makes no sense is the nearest page that there is."""
    return Paginator(rows, PAGE).get_page(request.GET.get(name))
