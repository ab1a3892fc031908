"""How numbers and states are written on pages, once for all of them."""

import json
import math
import re

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import linebreaks
from django.utils.safestring import mark_safe

from apps.common.methods import title_of

register = template.Library()

#: What each state of a job is called, and the shape that stands beside the word (never colour alone).
STATES = {
    "queued": ("Queued", "wait"),
    "running": ("Running", "run"),
    "cancelling": ("Cancelling", "stop"),
    "succeeded": ("Done", "ok"),
    "failed": ("Failed", "bad"),
    "cancelled": ("Cancelled", "off"),
    "lost": ("Lost", "bad"),
    "returned": ("Handed back", "wait"),
    # of workers
    "idle": ("Idle", "ok"),
    "busy": ("Busy", "run"),
    "draining": ("Draining", "stop"),
    "drained": ("Drained", "off"),
    "silent": ("Silent", "bad"),
    "ended": ("Ended", "off"),
    # of webhooks and of what they are told
    "on": ("On", "ok"),
    "off": ("Off", "off"),
    "to_send": ("To send", "wait"),
    "delivered": ("Delivered", "ok"),
    "undelivered": ("Not delivered", "bad"),
}

#: The pages of a project, in the order of the work: (word, URL name, app whose pages light it up, key after g).
TABS = (
    ("Overview", "accounts:project", "accounts", "o"),
    ("Datasets", "datasets:list", "datasets", "d"),
    ("Tokenizers", "tokenizers:list", "tokenizers", "t"),
    ("Score sets", "scores:list", "scores", "s"),
    ("Curricula", "curricula:list", "curricula", "c"),
    ("Runs", "runs:list", "runs", "r"),
    ("Comparisons", "comparisons:list", "comparisons", "p"),
    ("Jobs", "jobs:list", "jobs", "j"),
)


#: Apps whose pages stand under another one's.
_UNDER = {
    "audit": "accounts",
    "evaluations": "runs",
    "webhooks": "accounts",
    "meters": "curricula",
    "shares": "comparisons",
    "studies": "comparisons",
    "trash": "accounts",
}


@register.inclusion_tag("ui/badge.html")
def badge(state) -> dict:
    """A job, or a state's name: icon and word."""
    if hasattr(state, "status"):
        state = "cancelling" if state.cancel_requested and state.status == "running" else state.status
    word, shape = STATES.get(str(state), (str(state).capitalize() or "Running", "run"))
    return {"word": word, "shape": shape}


@register.inclusion_tag("ui/tabs.html", takes_context=True)
def project_tabs(context, project) -> dict:
    match = getattr(context.get("request"), "resolver_match", None)
    here = match.app_name if match else ""
    tabs = []
    for word, name, app, key in TABS:
        try:
            tabs.append(
                {
                    "word": word,
                    "url": reverse(name, args=[project.pk]),
                    "current": app in (here, _UNDER.get(here)),
                    "key": key,
                }
            )
        except NoReverseMatch:
            continue
    return {"tabs": tabs, "project": project}


@register.simple_tag(takes_context=True)
def with_query(context, **changes) -> str:
    """This page's query string with some parameters changed; a value of None or "" removes one."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = value
    return "?" + query.urlencode() if query else context["request"].path


@register.filter
def count(value) -> str:
    """1,234,567; an em dash where there is no number."""
    return "—" if value is None or value == "" else f"{value:,.0f}"


@register.filter
def explained(text: str) -> str:
    """A method's own words as paragraphs, its ``names`` as code."""
    return mark_safe(re.sub(r"``(.+?)``", r"<code>\1</code>", linebreaks(text, autoescape=True)))


@register.filter(is_safe=True)
def unbroken(words: str) -> str:
    """A number and its per cent sign stay on one line, in a name that somebody wrote as in a sentence of ours."""
    return words.replace(" %", "\u00a0%")


@register.filter
def brief(value) -> str:
    """About three digits with a unit: 1.24 M, 38.2 k."""
    if value is None or value == "":
        return "—"
    for limit, unit in ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= limit:
            return f"{value / limit:.3g}{unit}"
    return f"{value:.3g}"


@register.filter
def number(value, digits: int = 4) -> str:
    """A measured value with significant digits; NaN and absence are an em dash."""
    if value is None or value == "" or isinstance(value, str):
        return str(value or "—")
    return "—" if math.isnan(value) else f"{value:,.{digits}g}".replace("-", "\N{MINUS SIGN}")


@register.filter
def size(value) -> str:
    """Bytes in decimal units."""
    if value is None or value == "":
        return "—"
    for limit, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if value >= limit:
            return f"{value / limit:.3g} {unit}"
    return f"{value:.0f} B"


@register.filter
def percent(value, digits: int = 1) -> str:
    """A share (0 to 1) as a percentage."""
    return "—" if value is None or value == "" else f"{100 * value:.{digits}f} %"


@register.filter
def duration(seconds) -> str:
    """Seconds in words that fit a line: 42 s, 3 min 10 s, 1 h 05 min."""
    if seconds is None or seconds == "":
        return "—"
    seconds = max(0, round(seconds))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60:02d} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"


@register.filter
def took(job) -> str:
    """How long a job (or anything with started_at and finished_at) has run, or ran."""
    if not job.started_at:
        return "—"
    return duration(((job.finished_at or timezone.now()) - job.started_at).total_seconds())


@register.filter
def eta(job) -> str:
    """What is left of a job at its present rate, or nothing where nobody can know."""
    if job.status != "running" or not job.rate or not job.total or job.done is None or job.done >= job.total:
        return ""
    return duration((job.total - job.done) / job.rate)


@register.filter
def done_share(job) -> float | None:
    """0 to 100, or None where the total is unknown."""
    return min(100.0, 100 * (job.done or 0) / job.total) if job.total else None


@register.filter
def short(digest) -> str:
    """The first twelve digits of a digest."""
    return str(digest or "")[:12]


@register.filter
def words(name) -> str:
    """higher_means -> Higher means."""
    return str(name).replace("_", " ").capitalize()


@register.filter
def inside(title: str) -> str:
    """A method's title inside a sentence: SAW and UniMax keep their capitals."""
    return title[:1].lower() + title[1:] if title[1:].islower() else title


@register.filter
def score_name(score_set) -> str:
    """A score set's name; where it was given none, its method's in words."""
    return title_of("scores", score_set.method) if score_set.name == score_set.method else score_set.name


@register.filter
def score_inside(score_set) -> str:
    """Its name inside a sentence: as it was given, or its method's without the capital at its beginning."""
    name = score_name(score_set)
    return name if name == score_set.name else inside(name)


@register.filter
def method_title(name: str, family: str) -> str:
    """What a method of a family is called."""
    return title_of(family, name)


@register.filter
def plain(value) -> str:
    """A parameter's value as a person writes it: yes and no, no quotes."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in ({}, []):
        return "none"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return f"{value:,}" if isinstance(value, int) else f"{value:g}"
    return json.dumps(value, ensure_ascii=False)


@register.filter
def item(mapping, key):
    """``mapping[key]`` in a template; None where it is absent."""
    return mapping.get(key) if mapping else None
