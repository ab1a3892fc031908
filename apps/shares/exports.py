"""A comparison as one HTML file that opens from disk: style, scripts, charts and their numbers are inside, nothing is fetched.

It says what a shared page says, through the same allow-list. Its own content security policy lets only the scripts run whose hashes it
names, and lets nothing be loaded.
"""

import base64
import functools
import hashlib
import json
import re
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import mark_safe

from apps.common.csvs import attachment
from apps.comparisons.pages import figure_query, marked, panels
from apps.comparisons.selectors import Compared
from apps.runs import figures
from apps.shares.serializers import said_of

STYLES = ("css/base.css", "css/components.css", "css/pages.css", "css/places.css", "css/curricula.css")
#: In the order in which they need each other: what one exports stands above what imports it.
MODULES = (
    "js/chart-wire.js",
    "js/chart-export.js",
    "js/chart-parts.js",
    "js/chart-theme.js",
    "js/chart-panel.js",
    "js/chart.js",
)
_IMPORT = re.compile(r"^import [^;]+;\n", re.M)
_EXPORT = re.compile(r"^export ", re.M)


def html_answer(compared: Compared, *, title: str, question: str, at: datetime | None = None) -> HttpResponse:
    text = html_of(compared, title=title, question=question, at=at)
    answer = HttpResponse(text, content_type="text/html; charset=utf-8")
    return attachment(answer, f"{title[:80]}.html")


def html_of(compared: Compared, *, title: str, question: str, at: datetime | None = None) -> str:
    """The whole file. ``at``: when the runs were so, where that is not now."""
    shown = [panel for panel in panels(compared.domains, "#{name}?", compared.view, marked(compared)) if _wanted(panel)]
    drawn = [{**panel, "inline": f"{panel['id']}-data", "json": figure_of(compared, panel)} for panel in shown]
    context = {
        **said_of(compared),
        "title": title,
        "question": question,
        "panels": drawn,
        "at": at or timezone.now(),
        "style": mark_safe("\n".join(map(_text, STYLES))),
        "scripts": scripts(),
    }
    return render_to_string("shares/export.html", context)


def _wanted(panel: dict) -> bool:
    """What the page shows in this view, and the learning rate, which answers the first question about it."""
    return not panel["hidden"] or panel["figure"] == "learning-rate"


def figure_of(compared: Compared, panel: dict) -> str:
    """A panel's figure as JSON that no script block can be left from."""
    query = {**figure_query(compared.view), "domain": panel["domain"], "tolerance": str(compared.view.tolerance)}
    drawn = figures.payload(panel["figure"], compared.runs, query) | {"live": False}
    return harmless(json.dumps(drawn, allow_nan=False, separators=(",", ":")))


def harmless(text: str) -> str:
    return mark_safe(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


@functools.cache
def scripts() -> list[dict]:
    """(attributes, text, hash) of each; the modules of the charts become one, as a file on disk may import nothing."""
    charts = "\n".join(_EXPORT.sub("", _IMPORT.sub("", _text(path))) for path in MODULES)
    parts = [
        ("theme", "", _text("js/theme.js")),
        ("plotly", "", _text("vendor/plotly.min.js")),
        ("charts", "module", charts),
        ("folds", "module", _text("js/folds.js")),
    ]
    return [
        {"key": key, "type": kind, "text": mark_safe(_inline(text)), "hash": _hash(text)} for key, kind, text in parts
    ]


def _inline(text: str) -> str:
    return text.replace("</script", "<\\/script")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(_inline(text).encode()).digest()).decode()


def _text(path: str) -> str:
    return Path(finders.find(path) or settings.ROOT / "static" / path).read_text(encoding="utf-8")
