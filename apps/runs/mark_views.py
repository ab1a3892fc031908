"""Stars and the baseline, from the table and from a run's page. Without htmx one goes back to where the button was."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from apps.common.htmx import signed_in
from apps.common.roles import require_editor
from apps.runs import marks, selectors


@require_POST
@signed_in
def star(request, pk):
    """Everybody who sees a run may star it: the mark is their own."""
    run, starred = selectors.visible_run(user=request.user, run_id=pk), request.POST.get("starred") == "yes"
    marks.star(run=run, by=request.user, starred=starred)
    if request.htmx:
        return render(request, "runs/star.html", {"run": run, "starred": starred})
    return _back(request, run)


@require_POST
@signed_in
def baseline(request, pk):
    """The table draws itself anew where htmx asks: the run moves to its top."""
    run, pinned = selectors.visible_run(user=request.user, run_id=pk), request.POST.get("pinned") == "yes"
    require_editor(request.user, run.project)
    marks.pin_baseline(run=run, pinned=pinned)
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Trigger": "rows-changed"})
    messages.success(request, f"{run.name} is {'now' if pinned else 'no longer'} the baseline of the project.")
    return _back(request, run)


def _back(request, run):
    asked = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return redirect(asked if ours else reverse("runs:detail", args=[run.pk]))
