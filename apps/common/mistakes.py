"""A mistake that no form of the page stands for is said in its own words, on a page of its own: never as a crash."""

from django.shortcuts import render

from gradatim.errors import UserError


class SayMistakes:
    """Middleware. The API says mistakes itself, as problem documents (:mod:`apps.common.api`)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, UserError):
            return None
        return render(request, "site/error.html", {"page": "mistake", "sentence": exception.sentence}, status=400)
