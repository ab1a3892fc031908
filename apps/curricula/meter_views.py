"""Pages of guideline meters: what they measure, and those of a plan."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from apps.common.htmx import answer, signed_in
from apps.curricula.forms import BatchForm
from apps.curricula.gauges import VALUES
from apps.curricula.models import Plan
from apps.curricula.plan_meters import measure_plans
from gradatim.errors import UserError
from gradatim.meters import GUIDELINES
from gradatim.meters.batches import LEAST


@require_GET
@signed_in
def explained(request):
    """What the four guidelines' meters measure, and how."""
    guidelines = [
        (title, [(word, meaning) for of, word, meaning in VALUES if of == key]) for key, title in GUIDELINES.items()
    ]
    return render(request, "curricula/meters_help.html", {"guidelines": guidelines, "least": LEAST})


@require_GET
@signed_in
def plan(request, pk):
    """The meters of a finished plan in batches of ``?batch=`` sequences of ``?context=`` tokens."""
    rows = Plan.objects.visible_to(request.user).filter(artifact__isnull=False)
    found = get_object_or_404(rows.select_related("artifact", "version__curriculum__project"), pk=pk)
    form, measured = BatchForm(request.GET), None
    if form.is_valid():
        try:
            asked = (found, form.cleaned_data["batch"], form.cleaned_data["context"])
            (measured,) = measure_plans([asked], project=found.version.curriculum.project)
        except UserError as error:
            form.add_error("batch", error.sentence)
    context = {"plan": found, "version": found.version, "form": form, "measured": measured}
    context["project"] = found.version.curriculum.project
    context["columns"] = [(word, meaning) for _, word, meaning in VALUES]
    return answer(request, "curricula/plan_meters.html", context, partial="meters")
