"""Pieces that several apps' forms share."""

import re

from django.http import Http404
from django.views.decorators.http import require_GET

from apps.common.htmx import piece, signed_in
from apps.common.method_form import CHOSEN, method_form
from gradatim import registry

PREFIX = re.compile(r"[A-Za-z0-9_-]{0,80}")


@require_GET
@signed_in
def method_fields(request, family, name):
    """The parameters of a method as form fields named ``<prefix>-<parameter>``; values of the same name are kept."""
    prefix = request.GET.get("prefix", "")
    if family not in CHOSEN or name not in registry.names(family) or not PREFIX.fullmatch(prefix):
        raise Http404
    start = f"{prefix}-" if prefix else ""
    typed = {key.removeprefix(start): value for key, value in request.GET.items() if key.startswith(start)}
    form = method_form(family, name, initial=typed, prefix=prefix)
    return piece(request, "ui/method_fields.html", {"form": form})
