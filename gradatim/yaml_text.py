"""Documents as YAML, in and out."""

import re
from typing import Any

import yaml

from gradatim.errors import UserError


class _Loader(yaml.SafeLoader):
    """YAML 1.1 reads ``3e-4`` as a string; we read it, like JSON and every user, as a number."""


_Loader.yaml_implicit_resolvers = {k: list(v) for k, v in yaml.SafeLoader.yaml_implicit_resolvers.items()}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?([0-9][0-9_]*)(\.[0-9_]*)?[eE][-+]?[0-9]+$"),
    list("-+0123456789"),
)


def load(text: str) -> Any:
    """The document in a YAML (or JSON) text; ``UserError`` says where it cannot be read."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader with one more number format
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise UserError(f"This is not YAML that can be read: {getattr(error, 'problem', error)}{where}.") from None


def dump(document: Any) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
