"""The workers of this installation: everybody who is signed in may see them, staff may drain them."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from apps.common.htmx import answer, signed_in
from apps.jobs import nodes, worker_pages
from apps.jobs.models import Worker


@require_GET
@signed_in
def worker_list(request):
    return answer(request, "jobs/workers.html", worker_pages.listed(request.user), partial="rows")


@require_POST
@signed_in
def drain(request, name):
    """Drain a worker, or with ``resume`` let it take work again."""
    if not request.user.is_staff:
        raise PermissionDenied("Workers are the administrators' business: ask one of them.")
    worker = get_object_or_404(Worker, name=name)
    if request.POST.get("do") not in ("drain", "resume"):
        raise Http404
    made = nodes.set_draining(worker=worker, draining=request.POST["do"] == "drain")
    messages.success(request, worker_pages.drained_in_words(made))
    return redirect("jobs:workers")
