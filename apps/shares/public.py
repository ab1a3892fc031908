"""What a visitor with a share link sees. Unknown, expired and revoked are one and the same answer."""

import functools

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRefresh

from apps.common.charts import answer_figure
from apps.common.htmx import answer, wants_partial
from apps.common.visitors import MINUTE, too_often
from apps.comparisons import pages, selectors, tables
from apps.runs import figures
from apps.shares import previews, services, unfurls
from apps.shares import selectors as shares
from apps.shares.exports import html_answer
from apps.shares.models import Picture, Snapshot
from apps.shares.serializers import shared_context
from gradatim.errors import UserError

SHARED_FIGURES = ("evaluation-loss", "training-loss", "learning-rate")
_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cache-Control": "private, no-store",
}


def _quiet(view):
    """The headers of every answer to a visitor, errors included."""

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except (Snapshot.DoesNotExist, Picture.DoesNotExist):  # revoked since the door was passed
            response = _not_available(request)
        for name, value in _HEADERS.items():
            response.headers[name] = value
        return response

    return require_safe(wrapped)


def _visit(view):
    """Hands the view the link that the visitor's cookie opens, read anew, or shows the neutral page."""

    @_quiet
    @functools.wraps(view)
    def wrapped(request: HttpRequest, link_id, **kwargs) -> HttpResponse:
        link = shares.visited(link_id=link_id, cookie=request.COOKIES.get(shares.COOKIE))
        return view(request, link, **kwargs) if link else _not_available(request)

    return wrapped


@_quiet
def exchange(request: HttpRequest, token: str) -> HttpResponse:
    """The token for a cookie of the shared page's path; the secret leaves the address bar by the redirect."""
    if unfurls.asks(request):
        return _unfurled(request, token)
    if request.method == "HEAD":  # link checkers: nothing is counted, nothing is told
        return _not_available(request)
    if too_often(request, what="shares", a_minute=settings.SHARE_OPENS):
        return _too_often(request)
    link = services.open_share(token=token, by=request.user)
    if link is None:
        return _not_available(request)
    answer = redirect("shared:page", link.pk)
    answer.set_cookie(
        shares.COOKIE,
        shares.visit_of(link),
        max_age=shares.COOKIE_SECONDS,
        path=answer.url,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return answer


@_quiet
def preview(request: HttpRequest, token: str) -> HttpResponse:
    """The picture that a message shows beside the link; not counted as an opening."""
    if too_often(request, what="previews", a_minute=settings.SHARE_OPENS):
        return _too_often(request)
    link = services.find_share(token=token)
    if link is None:
        return _not_available(request)
    picture = previews.picture_of(link)
    return HttpResponse(picture, content_type="image/png") if picture else _too_often(request)


def _unfurled(request: HttpRequest, token: str) -> HttpResponse:
    """What a messenger that previews links is told: the title and where the picture is."""
    link = services.find_share(token=token)
    if link is None:
        return _not_available(request)
    picture = settings.BASE_URL.rstrip("/") + reverse("shared:preview", args=[token])
    return render(
        request, "shares/unfurl.html", {"title": link.title, "said": unfurls.said_of(link), "picture": picture}
    )


@_visit
def page(request: HttpRequest, link) -> HttpResponse:
    compared = _compared(request, link)
    if pages.outgrown(request, compared):
        return HttpResponseClientRefresh()
    context = {**shared_context(link, compared), "oob": wants_partial(request)}
    return answer(request, "shares/shared.html", context, partial="findings")


@_visit
def figure(request: HttpRequest, link, name: str) -> HttpResponse:
    if name not in SHARED_FIGURES:
        return _not_available(request)
    query = {key: request.GET[key] for key in (*selectors.KEYS, "start", "stop", "packed") if key in request.GET}
    try:
        return answer_figure(request, figures.payload(name, shares.shared_runs(link), {**link.view, **query}))
    except UserError as error:
        return JsonResponse({"detail": error.sentence}, status=400)


@_visit
def table(request: HttpRequest, link, ending: str) -> HttpResponse:
    if ending not in tables.FORMS:
        return _not_available(request)
    return tables.FORMS[ending](_compared(request, link), name="comparison")


@_visit
def export(request: HttpRequest, link) -> HttpResponse:
    return html_answer(_compared(request, link), title=link.title, question=link.question, at=link.frozen_at)


def _compared(request: HttpRequest, link):
    """The comparison in the view that the address asks for; what cannot be read falls back to the link's own view."""
    try:
        view = selectors.view_of(request.GET, link.view)
    except UserError:
        view = selectors.view_of({}, link.view)
    return shares.compared(link, view)


def _not_available(request: HttpRequest) -> HttpResponse:
    return render(request, "shares/not_available.html", status=404)


def _too_often(request: HttpRequest) -> HttpResponse:
    response = render(request, "shares/too_often.html", status=429)
    response.headers["Retry-After"] = MINUTE
    return response
