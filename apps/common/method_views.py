"""Help for every method: what it does, when to use it, where it comes from, and what it can be told."""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.common.htmx import signed_in
from apps.common.methods import HELPED, all_methods, described


@require_GET
@signed_in
def method_list(request):
    """Every method, by family."""
    families = [(title, [m for m in all_methods() if m["family"] == family]) for family, title in HELPED.items()]
    return render(request, "methods/list.html", {"families": families})


@require_GET
@signed_in
def detail(request, family, name):
    """One method; its figure where it has one."""
    if not any((m["family"], m["name"]) == (family, name) for m in all_methods()):
        raise Http404
    method = described(family, name, None)
    beside = [m for m in all_methods() if m["family"] == family]
    return render(request, "methods/detail.html", {"method": method, "heading": HELPED[family], "beside": beside})
