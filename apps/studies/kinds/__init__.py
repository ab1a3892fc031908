"""The kinds of studies, one a file: its question, what it asks for, and the arms that answer it.

A kind is a module with ``title``, ``Params`` (of :func:`gradatim.params.param` fields), ``design(project, params)`` and ``Form``; its docstring's first
paragraph is its help.
"""

from types import ModuleType

from apps.accounts.models import Project
from apps.studies.designs import Design
from apps.studies.kinds import orders, replay, strategies
from gradatim import params as parameters
from gradatim.errors import UserError

KINDS: dict[str, ModuleType] = {"replay": replay, "orders": orders, "strategies": strategies}


def kind_of(name: str) -> ModuleType:
    if name not in KINDS:
        raise UserError(f"There is no kind of study {name!r}; there are: {', '.join(KINDS)}.", field="kind")
    return KINDS[name]


def design_of(kind: str, project: Project, params: dict) -> Design:
    """``UserError`` at ``params.<name>`` where something is wrong with what is asked."""
    module = kind_of(kind)
    asked = parameters.parse(module.Params, params, where="params")
    try:
        return module.design(project, asked)
    except UserError as error:
        field = f"params.{error.field}" if error.field and not error.field.startswith("params") else error.field
        raise UserError(error.sentence, field=field) from None


def help_of(kind: str) -> str:
    return " ".join((KINDS[kind].__doc__ or "").split("\n\n")[0].split())
