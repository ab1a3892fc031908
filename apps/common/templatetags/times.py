"""How moments are written on pages: how long ago, and the moment itself on hover and for machines."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html

register = template.Library()

MINUTE, HOUR, DAY = 60, 3600, 86400
#: Beyond so many days a date says more than a number of days.
DAYS = 30


def apart(seconds: float) -> str:
    """90 -> 1 min, 86400 -> 1 day; always rounded down, as clocks are read."""
    for unit, word in ((DAY, "day"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit:
            number = int(seconds // unit)
            return f"{number} {word}{'s' if word == 'day' and number > 1 else ''}"
    return ""


def relative(then: datetime, now: datetime) -> str:
    """3 min ago, in 2 days; a date where the moment is further away than a month. static/js/times.js says the same."""
    seconds = (now - then).total_seconds()
    if abs(seconds) < MINUTE:
        return "just now" if seconds > -1 else "in a moment"
    if abs(seconds) > DAYS * DAY:
        return f"{then:%-d %b %Y}"
    if seconds > 0:
        return f"{apart(seconds)} ago"
    unit = next(unit for unit in (DAY, HOUR, MINUTE) if -seconds >= unit)
    return f"in {apart(unit / 2 - seconds)}"  # rounded: a link for a week closes in 7 days, not in 6


@register.filter
def moment(value) -> str:
    """A ``<time>`` that says how long ago; empty where there is no moment."""
    if not value:
        return ""
    then = value.astimezone(timezone.get_current_timezone())
    words, whole = relative(then, timezone.now()), f"{then:%-d %b %Y, %H:%M:%S} {then:%Z}"
    return format_html('<time datetime="{}" title="{}" data-ago>{}</time>', then.isoformat(), whole, words)
