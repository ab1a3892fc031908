"""Pages of webhooks, for the owners of a project alone."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import Project
from apps.common import confirm
from apps.common.htmx import answer, signed_in
from apps.common.paging import page_of
from apps.common.roles import require_owner
from apps.webhooks import selectors, services
from apps.webhooks.models import Delivery
from gradatim.errors import UserError


@require_http_methods(["GET", "POST"])
@never_cache
@signed_in
def listing(request, pk):
    """A project's webhooks; one that is made here shows its secret this once."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    require_owner(request.user, project)
    typed, made, error = request.POST.get("url", ""), None, None
    if request.method == "POST":
        try:
            made, typed = services.create_webhook(project=project, url=typed, by=request.user)[0], ""
        except UserError as refused:
            error = refused.sentence
    context = {"project": project, "hooks": selectors.of_project(project), "typed": typed, "made": made, "error": error}
    return render(request, "webhooks/list.html", context)


@require_GET
@signed_in
def detail(request, pk):
    """A webhook with the log of what it was told; the log asks for itself while something is on its way."""
    hook = _hook(request, pk)
    page = page_of(request, hook.deliveries.all())
    context = {"project": hook.project, "hook": hook, "page": page, "poll": selectors.poll_of(hook, page)}
    return answer(request, "webhooks/detail.html", context, partial="log")


@require_POST
@signed_in
def send_test(request, pk):
    hook = _hook(request, pk)
    services.send_test(webhook=hook, by=request.user)
    messages.info(request, "A test is on its way.")
    return redirect("webhooks:detail", hook.pk)


@require_POST
@signed_in
def switch(request, pk):
    hook = _hook(request, pk)
    if request.POST.get("do") not in ("on", "off"):
        raise Http404
    services.switch(webhook=hook, active=request.POST["do"] == "on", by=request.user)
    return redirect("webhooks:detail", hook.pk)


@require_http_methods(["GET", "POST"])
@signed_in
def delete(request, pk):
    """First a page that says what goes; posting it is meant."""
    hook = _hook(request, pk)
    if request.method == "GET":
        back = reverse("webhooks:detail", args=[hook.pk])
        return confirm.ask(request, project=hook.project, back=back, back_word="Webhook", **selectors.deleting(hook))
    services.delete_webhook(webhook=hook, by=request.user)
    messages.success(request, "The webhook is deleted.")
    return redirect("webhooks:list", hook.project_id)


@require_POST
@signed_in
def send_again(request, pk):
    rows = Delivery.objects.visible_to(request.user).select_related("webhook__project")
    found = get_object_or_404(rows, pk=pk)
    require_owner(request.user, found.webhook.project)
    services.send_again(delivery=found)
    messages.info(request, "It is sent again.")
    return redirect("webhooks:detail", found.webhook_id)


def _hook(request, pk):
    return selectors.for_owner(request.user, pk)
