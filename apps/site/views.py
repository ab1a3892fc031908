"""The doors that belong to no app: the first page, signing in and out, health, and pages for what went wrong."""

import logging
import re
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import LoginView
from django.db import connection
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from apps.accounts import selectors, signing
from apps.accounts.forms import SignInForm
from apps.accounts.models import Project
from apps.common.htmx import answer, signed_in
from apps.common.visitors import few_sign_ins
from apps.site import health
from apps.site.home import page as home_page

log = logging.getLogger(__name__)


@require_GET
def home(request):
    """What this is, to a stranger; what needs them, runs and is over, and their projects, to a member."""
    if not request.user.is_authenticated:
        return render(request, "site/landing.html", {"fresh": not selectors.anybody()})
    return answer(request, "site/home.html", home_page(request.user), partial="live")


@require_POST
@signed_in
def open_demo(request):
    from apps.site.demo.services import create_demo

    return redirect("accounts:project", create_demo(by=request.user).pk)


@require_POST
@signed_in
def tour(request):
    """To the next step of one's tour of the demo, back, or away from it."""
    from apps.site.demo.tour import go, shown

    demos = Project.objects.visible_to(request.user).filter(is_demo=True)
    found = get_object_or_404(demos, pk=_key(request.POST.get("project", "")))
    to, at = request.POST.get("to", ""), request.POST.get("at", "")
    address = go(user=request.user, project=found, to=to, at=int(at) if re.fullmatch("[1-9]", at) else None)
    if not address and to != "hide" and shown(request.user):
        messages.info(request, "That is not there yet: the demo is still making it.")
    return redirect(address or reverse("accounts:project", args=[found.pk]))


@require_GET
@never_cache
def enter_demo(request):
    """The link that the terminal printed: signed in as the demo's person, straight to the demo."""
    from apps.site.demo.entry import holder

    user = holder(request.GET.get("key", ""))
    if not user:
        messages.warning(request, "This link has expired. Sign in with the name and password that the terminal shows.")
        return redirect("login")
    signing.sign_in(request, user, how="By the link in the terminal.")
    demo = Project.objects.visible_to(user).filter(is_demo=True).first()
    return redirect("accounts:project", demo.pk) if demo else redirect("home")


@method_decorator(few_sign_ins, name="dispatch")
class SignIn(LoginView):
    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True
    extra_context = {"open_signup": settings.OPEN_SIGNUP}

    def get(self, request, *args, **kwargs):
        """Where nobody has an account yet, nobody can sign in: the first one is made instead."""
        return super().get(request, *args, **kwargs) if selectors.anybody() else redirect("accounts:set-up")

    def form_valid(self, form):
        signing.sign_in(self.request, form.get_user())
        return redirect(self.get_success_url())

    def form_invalid(self, form):
        if form.cleaned_data.get("password"):  # without one nothing was tried
            signing.refused(self.request, form.cleaned_data.get("username", ""))
        return super().form_invalid(form)


@require_POST
def sign_out(request):
    signing.sign_out(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@require_GET
def healthz(request):
    """200 where the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception as error:
        log.warning("The database does not answer: %s", error)
        return HttpResponse("the database does not answer\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


@require_GET
@never_cache
def readyz(request):
    """One word for everybody whether this installation can work; each part in words for staff."""
    found = health.findings()
    serves, words = health.verdict(found)
    if found[0].well and request.user.is_staff:
        words = "\n".join([words, *(f"{finding.part} {finding.words}" for finding in found)])
    return HttpResponse(f"{words}\n", status=200 if serves else 503, content_type="text/plain; charset=utf-8")


@require_GET
def robots(request):
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")


def locked_out(request, credentials=None, *args, **kwargs):
    """django-axes answers with this after too many failed attempts (AXES_LOCKOUT_CALLABLE)."""
    return render(request, "accounts/locked.html", status=429)


def csrf_failure(request, reason=""):
    return render(request, "site/error.html", {"page": "csrf"}, status=403)


def bad_request(request, exception=None):
    return render(request, "site/error.html", {"page": "400"}, status=400)


def permission_denied(request, exception=None):
    return render(request, "site/error.html", {"page": "403", "sentence": str(exception or "")}, status=403)


def page_not_found(request, exception=None):
    return render(request, "site/error.html", {"page": "404"}, status=404)


def server_error(request):
    """Rendered without the request: whatever broke may break its context, too."""
    from django.template.loader import render_to_string

    return HttpResponse(render_to_string("site/500.html"), status=500)


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
