"""The keys of pages, for the dialog that ? opens."""

from django import template

from apps.common.templatetags.ui import TABS

register = template.Library()

EVERYWHERE = (
    (("Ctrl K",), "search everything, or say what to do"),
    (("/",), "search: this page's own list, where it has one"),
    (("?",), "these keys"),
    (("Esc",), "close what is open"),
)
#: The letters after g that every page knows; those of a project's pages are in TABS.
GO = (("h", "Home"), ("n", "Notices"), ("w", "Workers"), ("m", "Methods"))
#: Keys of one kind of page, by the name of its address.
OWN = {
    "runs:list": (
        (("j", "k"), "next and previous run"),
        (("x",), "choose the run"),
        (("s", "b"), "star it, make it the baseline"),
        (("c",), "compare what is chosen"),
    ),
}


@register.inclusion_tag("ui/keys.html", takes_context=True)
def keys_dialog(context) -> dict:
    match = getattr(context.get("request"), "resolver_match", None)
    tabs = [(key, word) for word, _, _, key in TABS] if context.get("project") else []
    own = OWN.get(match.view_name, ()) if match else ()
    return {"own": own, "everywhere": EVERYWHERE, "go": [*GO, *tabs]}
