"""One module = one method. The registry is the file system; modules load when they are asked for.

A family is a package of this library; each of its public modules is a method whose name is the module's name. A
method module has a docstring (first paragraph: what it does; a line ``Source: ...``), ``version`` (an integer, raised
when the output for equal input changes), a frozen dataclass ``Params`` (see :mod:`gradatim.params`) and the family's
one function.
"""

import importlib
import os
from types import ModuleType

from gradatim.errors import UserError

#: family -> (the function that every method of it defines, what one is called in a sentence)
FAMILIES = {
    "scores": ("score", "score"),
    "selections": ("select", "selection"),
    "orderings": ("order", "ordering"),
    "mixing": ("weights", "mixture"),
    "diagnostics": ("diagnose", "diagnostic"),
    "suites": ("ask", "kind of suite"),
    "plots": ("figure", "plot"),
    "tasks": ("run", "task"),
}


def names(family: str) -> list[str]:
    """The methods of a family, sorted, found without importing any of them."""
    folder = os.path.join(os.path.dirname(__file__), family)
    return sorted(f[:-3] for f in os.listdir(folder) if f.endswith(".py") and not f.startswith("_"))


def load(family: str, name: str) -> ModuleType:
    """The method's module; ``UserError`` lists what there is when the name is unknown."""
    if family not in FAMILIES:
        raise UserError(f"There is no family {family!r}; there are {', '.join(FAMILIES)}.")
    if name not in names(family):
        known = ", ".join(names(family))
        raise UserError(f"There is no {FAMILIES[family][1]} {name!r}; there are: {known}.", field="method")
    return importlib.import_module(f"gradatim.{family}.{name}")


def describe(family: str, name: str) -> dict:
    """Name, title, help, source, version and parameters (JSON schema) of a method: forms, API and docs use it."""
    from gradatim import params

    module = load(family, name)
    help_text, source = split_docstring(module.__doc__ or "")
    return {
        "family": family,
        "name": name,
        "title": getattr(module, "title", name.replace("_", " ").capitalize()),
        "help": help_text,
        "source": source,
        "use": getattr(module, "use", ""),
        "version": module.version,
        "parameters": params.schema(module.Params),
    }


def split_docstring(text: str) -> tuple[str, str]:
    """(help, source): the paragraphs before the line that starts with ``Source:`` and what follows on it."""
    body, _, source = text.partition("\nSource:")
    paragraphs = [" ".join(p.split()) for p in body.strip().split("\n\n")]
    return "\n\n".join(paragraphs), " ".join(source.split())
