"""Figures as the pages and the API give them: a plot of the library, its reading, its table twin, and an ETag."""

import gzip
import hashlib
import re
from collections.abc import Mapping, Sequence

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

from apps.common.packed import packed
from gradatim import params as parameters
from gradatim import registry

#: Bytes below which compressing is not worth its time, and how hard it tries: a chart shrinks by 4 % more at 4, in twice the time.
SMALL, LEVEL = 1000, 1
_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")  # and not refused by a weight of nothing


def payload(
    plot: str, records: list[dict], params: dict, *, live: bool, shown: int = 0, total: int = 0, table: bool = True
) -> dict:
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
        "table": module.table(records, chosen) if table else None,
        "shown": shown,
        "total": total,
        "live": live,
        "empty": reading,
    }


def metrics_of(plot: str) -> Sequence[str]:
    return registry.load("plots", plot).metrics


def answer_figure(request: HttpRequest, payload: dict) -> HttpResponse:
    """The payload as JSON, or 304 where the browser has it: a live figure that did not change costs no drawing.

    Packed where the address asks for that, and compressed where the client takes it: a figure holds no secret whose length could tell.
    """
    if is_packed(request.GET):
        payload = packed(payload)
    # A chart of many lines is a megabyte, for which the standard library takes twenty times as long.
    body = orjson.dumps(payload, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    response = HttpResponse(body, content_type="application/json")
    if len(body) > SMALL and _GZIP.search(request.headers.get("Accept-Encoding", "")):
        response = HttpResponse(gzip.compress(body, LEVEL, mtime=0), content_type="application/json")
        response.headers["Content-Encoding"] = "gzip"
        etag = f"W/{etag}"
    response.live = payload.get("live", True)  # for who keeps answers
    for name, value in {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}.items():
        response.headers[name] = value
    return get_conditional_response(request, etag=etag, response=response) or response


def is_packed(query: Mapping[str, str]) -> bool:
    """Whether a figure is asked for as pages want it, see :mod:`apps.common.packed`."""
    return query.get("packed") == "1"
