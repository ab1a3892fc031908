"""Pages of projects."""

from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts import selectors, services
from apps.accounts.forms import ProjectForm
from apps.accounts.models import Project
from apps.common.htmx import answer, signed_in


@require_GET
@signed_in
def project(request, pk):
    """A project's first page; its live part asks for itself while anything runs or waits."""
    found = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    context = {
        "project": found,
        "now": selectors.now(found),
        "comparisons": selectors.comparisons(found),
        "members": selectors.members(found),
        **selectors.contents(found),
    }
    return answer(request, "accounts/project.html", context, partial="live")


@require_http_methods(["GET", "POST"])
@signed_in
def new_project(request):
    form = ProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return redirect("accounts:project", services.create_project(by=request.user, **form.cleaned_data).pk)
    return render(request, "accounts/new.html", {"form": form})
