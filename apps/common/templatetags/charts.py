"""What pages say about the lines of their charts."""

from django import template

register = template.Library()

COLORS = 8
#: stroke-dasharray of the dashes that gradatim.plots gives the n-th run
DASHES = ("", "7 4", "2 3", "7 3 2 3", "11 4", "11 3 2 3")


@register.inclusion_tag("comparisons/key.html")
def line_key(place: int) -> dict:
    """The line of the ``place``-th run as the charts draw it: colour and dash, so that neither is needed alone."""
    return {"color": place % COLORS + 1, "dash": DASHES[place % len(DASHES)]}
