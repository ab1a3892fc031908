"""Requests whose address holds a NUL are answered with 400: PostgreSQL keeps no text with one, and no name has one."""

from http import HTTPStatus

from django.http import JsonResponse

from apps.common.api import PROBLEM

SENTENCE = "The address holds a NUL character (%00), which nothing here has in its name: leave it out."


class RefuseNul:
    """Middleware; after those that the error page's frame needs (who is signed in, messages, htmx)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if "\x00" not in request.path and "%00" not in request.META.get("QUERY_STRING", ""):
            return self.get_response(request)
        if request.path.startswith("/api/"):
            status = HTTPStatus.BAD_REQUEST
            problem = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": SENTENCE}
            return JsonResponse(problem, status=status, content_type=PROBLEM)
        from apps.site.views import bad_request  # models are not loaded yet while middleware is

        return bad_request(request)
