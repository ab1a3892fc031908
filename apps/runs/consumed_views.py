"""Pages about what a run consumed: the samples of a step, and the certificate to take away."""

from django.contrib import messages
from django.http import Http404, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from apps.common.csvs import attachment
from apps.common.htmx import signed_in
from apps.runs import certificates, consumed, selectors
from gradatim.errors import UserError


@require_GET
@signed_in
def steps(request, pk):
    """Where the field "step" of a form leads."""
    run = selectors.visible_run(user=request.user, run_id=pk)
    number = request.GET.get("step", "1").strip()
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        messages.error(request, "A step is a whole number from 1 on.")
        return redirect("runs:detail", run.pk)
    return redirect("runs:step", run.pk, int(number))


@require_GET
@signed_in
def step(request, pk, step):
    """The samples of one update in the order in which they were consumed; a number beyond the run leads to its end."""
    run = selectors.visible_run(user=request.user, run_id=pk)
    context = {"run": run, "project": run.project, "number": step}
    try:
        packing = consumed.packing_of(run)
        nearest = min(max(step, 1), packing.steps)
        if nearest != step:
            return redirect("runs:step", run.pk, nearest)
        context["step"] = consumed.step_of(run, packing, step, request.GET.get("page", 1))
    except UserError as error:
        context["problem"] = error.sentence
    return render(request, "runs/step.html", context)


@require_GET
@signed_in
def certificate(request, pk):
    """certificate.json: the verdict, and the hash of every step. 404 before the run has one."""
    run = selectors.visible_run(user=request.user, run_id=pk)
    if not run.certificate:
        raise Http404
    answer = JsonResponse(certificates.document_of(run), json_dumps_params={"indent": 1})
    return attachment(answer, f"{run.name}-certificate.json")
