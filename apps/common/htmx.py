"""The same view, a smaller template: what pages that answer htmx share."""

import functools

from django.contrib.auth.views import redirect_to_login
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect


def wants_partial(request) -> bool:
    """Whether htmx asks for a piece of the page; restoring history asks for the whole of it."""
    return bool(request.htmx) and not request.htmx.history_restore_request


def answer(request, template: str, context: dict, *, partial: str):
    """The page, or for htmx its ``partial`` alone. Caches keep the two apart."""
    name = f"{template}#{partial}" if wants_partial(request) else template
    response = render(request, name, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def piece(request, template: str, context: dict):
    """A template that is never a page of its own and never kept."""
    response = render(request, template, context)
    add_never_cache_headers(response)
    return response


def signed_in(view):
    """Send the signed-out to the sign-in page and back; a live piece takes its whole page there."""

    @functools.wraps(view)
    def guarded(request, *args, **kwargs):
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        response = redirect_to_login(
            request.htmx.current_url_abs_path or "/" if request.htmx else request.get_full_path()
        )
        return HttpResponseClientRedirect(response.url) if request.htmx else response

    return guarded
