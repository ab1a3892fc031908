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


@register.filter
def fixed(value, digits: int = 3) -> str:
    """A loss with the same number of decimals in every row, so that a column can be read downwards; what has come apart is short."""
    if value is None or value != value:
        return "—"
    text = f"{value:,.{digits}f}" if abs(value) < 1e9 else f"{value:.3g}".replace("inf", "∞")
    return text.replace("-", "\N{MINUS SIGN}")


@register.filter
def signed(value, digits: int = 3) -> str:
    """A difference with its sign; what rounds to nothing is 0 without one."""
    if value is None:
        return "—"
    text = f"{value:+,.{digits}f}"
    return text[1:] if float(text.replace(",", "")) == 0 else text.replace("-", "\N{MINUS SIGN}")


@register.filter
def as_loss(value, digits: int = 3) -> str:
    """Minus a loss, which is how continual evaluation counts one, as the loss."""
    return fixed(None if value is None else -value, digits)
