"""Figures as the pages and the API give them: a plot of the library, its reading, its table twin, and an ETag."""

import hashlib
from collections.abc import Sequence

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

from gradatim import params as parameters
from gradatim import registry


def payload(plot: str, records: list[dict], params: dict, *, live: bool, shown: int = 0, total: int = 0) -> dict:
    """What chart.js draws. ``shown`` of ``total`` points are in the figure; ``live``: asking again is worth while.

    ``UserError`` where a parameter is not one of the plot's.
    """
    module = registry.load("plots", plot)
    chosen = parameters.parse(module.Params, params)
    reading = module.reading(records, chosen)
    figure = module.figure(records, chosen)
    return {
        "figure": figure,
        "reading": reading if figure["data"] else "",
        "table": module.table(records, chosen),
        "shown": shown,
        "total": total,
        "live": live,
        "empty": reading,
    }


def metrics_of(plot: str) -> Sequence[str]:
    return registry.load("plots", plot).metrics


def answer_figure(request: HttpRequest, payload: dict) -> HttpResponse:
    """The payload as JSON, or 304 where the browser has it: a live figure that did not change costs no drawing."""
    # A chart of many lines is a megabyte, for which the standard library takes twenty times as long.
    body = orjson.dumps(payload, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    response = HttpResponse(
        body, content_type="application/json", headers={"ETag": etag, "Cache-Control": "private, no-cache"}
    )
    return get_conditional_response(request, etag=etag, response=response) or response
