"""Figures as JSON for chart.js: drawn by the library, said in one sentence, twinned as a table, revalidated by ETag."""

import hashlib
import json

from django.http import HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control

from gradatim import params as parameters
from gradatim import registry


def payload(plot: str, records: list[dict], values: dict | None = None, **more) -> dict:
    """What chart.js asks for, of one plot of the registry; ``values`` are its parameters."""
    module = registry.load("plots", plot)
    params = parameters.parse(module.Params, values)
    figure = module.figure(records, params)
    drawn = {"figure": figure, "reading": module.reading(records, params), "table": module.table(records, params)}
    return {**drawn, "shown": None, "total": None, "live": False, **more}


def answer_figure(request, document: dict) -> HttpResponse:
    """The document as JSON, or 304 where the asker has it already. Private: figures are of what a member may see."""
    body = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
    response = HttpResponse(body, content_type="application/json")
    response.headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    patch_cache_control(response, private=True, no_cache=True)
    return get_conditional_response(request, etag=response.headers["ETag"], response=response)
