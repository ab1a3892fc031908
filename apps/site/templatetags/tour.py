"""The tour over the pages of the demo project."""

from django import template

from apps.site.demo.tour import shown

register = template.Library()


@register.inclusion_tag("site/tour.html", takes_context=True)
def demo_tour(context) -> dict:
    """Costs no query: where a person is stands in their own row."""
    match = getattr(context.get("request"), "resolver_match", None)
    name = match.view_name if match else ""
    at = shown(context["user"])
    return {
        "project": context["project"],
        "at": at,
        "first": name == "accounts:project",
        "here": bool(at) and name == at["step"].page,
        "csrf_token": context.get("csrf_token", ""),
    }
