"""Options that several verbs have."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from gradatim.errors import UserError


def add_seed(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--seed", default="0", metavar="N", help="whole number, 0 or more (default 0); equal seeds, equal results"
    )


def add_params(parser: ArgumentParser) -> None:
    parser.add_argument("--params", metavar="JSON", help="the method's parameters as a JSON object (see `methods`)")


def add_inputs(parser: ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--store", type=Path, metavar="ROOT", help="storage root that holds the artifacts named by digest"
    )
    group.add_argument("--inputs", type=Path, nargs="+", metavar="DIR", help="artifact folders to look in")


def whole(text: str, name: str, minimum: int = 0) -> int:
    """A whole number of at least ``minimum``; ``UserError`` otherwise."""
    try:
        number = int(text)
    except ValueError:
        number = None
    if number is None or number < minimum:
        raise UserError(f"{name} is a whole number of at least {minimum}, not {text!r}.", field=name.removeprefix("--"))
    return number


def params_of(cls: type, text: str | None) -> Any:
    """A method's ``Params`` from the --params option; defaults where it was not given."""
    from gradatim import params

    return params.parse(cls, mapping(text))


def mapping(text: str | None) -> dict:
    if text is None:
        return {}
    try:
        values = json.loads(text, object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", None) or str(error)
        raise UserError(f"--params is not JSON that can be read: {reason}.", field="params") from None
    if not isinstance(values, dict):
        raise UserError("--params is a JSON object, such as '{\"layers\": 3}'.", field="params")
    return values


def _distinct(pairs: list[tuple[str, Any]]) -> dict:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a name is given twice")
    return values
