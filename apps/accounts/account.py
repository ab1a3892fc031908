"""A person's own page: their password and their API tokens."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import services, tokens
from apps.accounts.forms import PasswordForm, TokenForm
from apps.common import confirm
from apps.common.htmx import signed_in


@require_GET
@signed_in
def page(request):
    return _page(request)


@sensitive_post_parameters()
@require_POST
@signed_in
def change_password(request):
    """Other browsers are signed out by it; this one stays."""
    form = PasswordForm(request.POST, request=request, auto_id="password_%s")
    if not form.is_valid():
        return _page(request, password_form=form)
    services.change_password(user=request.user, password=form.cleaned_data["new"])
    update_session_auth_hash(request, request.user)
    messages.success(request, "Your password is changed. Other browsers that were signed in as you are signed out.")
    return redirect("accounts:account")


@sensitive_post_parameters()
@require_POST
@never_cache
@signed_in
def create_token(request):
    """A token, shown this once."""
    form = TokenForm(request.POST, request=request, auto_id="token_%s")
    if not form.is_valid():
        return _page(request, token_form=form)
    asked = {key: form.cleaned_data[key] for key in ("name", "scope", "days")}
    token, secret = tokens.create_token(user=request.user, **asked)
    return _page(request, made=token, secret=secret)


@require_http_methods(["GET", "POST"])
@signed_in
def revoke_token(request, pk):
    """First a page that says what stops working; posting it is meant."""
    token = get_object_or_404(tokens.tokens_of(request.user), pk=pk)
    if request.method == "GET":
        return confirm.ask(request, back=reverse("accounts:account"), back_word="Account", **tokens.revoking(token))
    tokens.revoke_token(token=token)
    messages.success(request, f"“{token.name}” is revoked: the next request with it is refused.")
    return redirect("accounts:account")


def _page(request, **more):
    context = {
        "password_form": PasswordForm(request=request, auto_id="password_%s"),
        "token_form": TokenForm(request=request, auto_id="token_%s"),
        "tokens": tokens.tokens_of(request.user),
    }
    return render(request, "accounts/account.html", context | more)
