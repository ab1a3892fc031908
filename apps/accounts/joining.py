"""Ways in: the first account of an installation, an invitation, and signing up where that is open to all."""

import functools

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts import members, selectors, services, signing
from apps.accounts.forms import AccountForm, FirstAccountForm
from apps.common.method_form import put_error
from apps.common.visitors import few_sign_ins
from gradatim.errors import UserError

#: where the session keeps the hash of an invitation's token between the link and the answer
HELD = "invitation"


def entry(view):
    """What every door has that takes a new password."""
    guarded = sensitive_post_parameters("password")(never_cache(few_sign_ins(view)))
    return functools.wraps(view)(require_http_methods(["GET", "POST"])(guarded))


@entry
def set_up(request):
    """The first account. The page is there while nobody has one, and never again."""
    if selectors.anybody():
        raise Http404
    if settings.PRODUCTION and not settings.SETUP_KEY:
        return render(request, "accounts/set_up.html")
    form = FirstAccountForm(request.POST or None)
    user = _made(form, services.create_first_account) if request.method == "POST" else None
    if user is None:
        return render(request, "accounts/set_up.html", {"form": form})
    signing.sign_in(request, user, how="As a new account.")
    return redirect("home")


@entry
def sign_up(request):
    """An account for anybody, where the installation says so."""
    if not settings.OPEN_SIGNUP:
        raise Http404
    if request.user.is_authenticated:
        return redirect("home")
    form = AccountForm(request.POST or None)
    user = _made(form, services.create_account) if request.method == "POST" else None
    if user is None:
        return render(request, "accounts/sign_up.html", {"form": form})
    signing.sign_in(request, user, how="As a new account.")
    return redirect("home")


@require_GET
@never_cache
def open_invitation(request, token):
    """The secret moves from the address bar into the session; nothing is accepted by opening a link."""
    request.session[HELD] = members.hash_of(token)
    return redirect("accounts:join")


@entry
def join(request):
    """What somebody is invited to, and the button that joins: as who is signed in, or as a new person."""
    invitation = members.find_invitation(request.session.get(HELD, ""))
    if invitation is None:
        return render(request, "accounts/no_invitation.html", status=404)
    form = AccountForm(request.POST or None)
    if request.method == "POST":
        done = _accepted(request, invitation) if request.user.is_authenticated else _joined(request, invitation, form)
        if done:
            messages.success(request, f"You are in: this is {invitation.project.name}.")
            return redirect("accounts:project", invitation.project_id)
    return render(request, "accounts/join.html", {"form": form, "invitation": invitation})


def _accepted(request, invitation) -> bool:
    try:
        members.accept_invitation(invitation=invitation, user=request.user)
    except UserError as error:
        messages.error(request, error.sentence)
        return False
    request.session.pop(HELD, None)
    return True


def _joined(request, invitation, form) -> bool:
    user = _made(form, functools.partial(services.join_as_new, invitation=invitation))
    if user is None:
        return False
    request.session.pop(HELD, None)
    signing.sign_in(request, user, how="As a new account.")
    return True


def _made(form, service):
    """The new person, or None with what is wrong at its field."""
    if not form.is_valid():
        return None
    try:
        return service(username=form.cleaned_data["username"], password=form.cleaned_data["password"])
    except UserError as error:
        put_error(form, error)
        return None
