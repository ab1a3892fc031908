"""Guideline meters on any page."""

from django import template

from apps.curricula import gauges as made
from gradatim.meters import Meters

register = template.Library()

#: Width of a scale in the units of its picture, its ends left free for marks.
WIDTH, EDGE = 120, 6


@register.inclusion_tag("curricula/gauges.html")
def gauges(meters: Meters) -> dict:
    return {"gauges": made.gauges_of(meters)}


@register.filter
def along(share: float) -> int:
    """Where a share of the scale lies, for a mark."""
    return round(EDGE + share * (WIDTH - 2 * EDGE))


@register.filter
def filled(share: float) -> int:
    """How much of the scale a level fills."""
    return round(share * WIDTH)
