"""A method of the registry in words, with the values it was given: what pages show of scores, orders, selections."""

import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.urls import reverse

from gradatim import registry
from gradatim.errors import UserError

#: The families that people choose from, with the headings of their pages.
HELPED = {
    "scores": "Scores",
    "selections": "Selections",
    "orderings": "Orderings",
    "mixing": "Mixtures",
    "suites": "Suites of questions",
    "diagnostics": "Diagnostics",
}


@cache
def all_methods() -> tuple[dict, ...]:
    """Every method that has a page of help, by family and title; ``what`` is its family's word for one, ``brief`` its first sentence."""
    return tuple(
        (about := registry.describe(family, name))
        | {
            "brief": re.split(r"\.\s", about["help"], maxsplit=1)[0].rstrip(".") + ".",
            "what": registry.FAMILIES[family][1].capitalize(),
            "url": reverse("methods:detail", args=[family, name]),
        }
        for family in HELPED
        for name in registry.names(family)
    )


@cache
def title_of(family: str, name: str) -> str:
    """What a method is called on pages; its bare name where it is not installed."""
    return described(family, name, None)["title"]


def described(family: str, name: str, values: dict | None) -> dict:
    """title, help, source, version and ``params``: key, title, help and value of each, defaults filled in.

    A method that is not installed any more is described by its name and the bare values.
    """
    values = values or {}
    try:
        method = registry.describe(family, name)
    except UserError:
        method = {"title": name, "help": "This method is not installed here any more.", "source": "", "version": None}
        fields = {key: {} for key in values}
    else:
        fields = method.pop("parameters").get("properties", {})
    params = [
        {
            "key": key,
            "title": field.get("title", key),
            "help": field.get("description", ""),
            "value": values.get(key, field.get("default")),
        }
        for key, field in fields.items()
    ]
    known = family in HELPED and method["version"] is not None
    url = reverse("methods:detail", args=[family, name]) if known else ""
    return {**method, "name": name, "params": params, "figure": figure(family, name), "url": url}


@cache
def figure(family: str, name: str) -> str:
    """The static file of the method's picture in the gallery (docs/gallery.py draws orderings); empty where there is none."""
    picture = Path(settings.ROOT) / "docs/images/orders" / f"{name}.svg"
    return f"orders/{name}.svg" if family == "orderings" and picture.is_file() else ""
