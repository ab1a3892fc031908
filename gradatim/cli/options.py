"""Options that several verbs have."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradatim.errors import UserError

if TYPE_CHECKING:
    from gradatim.artifacts import Stored


def add_seed(parser: ArgumentParser, default: str | None = "0") -> None:
    """``default`` None: the document's own seed, or 0."""
    said = "0" if default else "the document's, or 0"
    parser.add_argument(
        "--seed",
        default=default,
        metavar="N",
        help=f"whole number, 0 or more (default {said}); equal seeds, equal results",
    )


def add_params(parser: ArgumentParser) -> None:
    parser.add_argument("--params", metavar="JSON", help="the method's parameters as a JSON object (see `methods`)")


def add_inputs(parser: ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--store", type=Path, metavar="ROOT", help="storage root that holds the artifacts named by digest"
    )
    group.add_argument("--inputs", type=Path, nargs="+", metavar="DIR", help="artifact folders to look in")


def artifacts_of(args: Namespace) -> list[Stored]:
    """The artifacts of --store or --inputs; a folder given with --inputs is one, or holds some."""
    from gradatim import artifacts

    if args.store is not None:
        if not args.store.is_dir():
            raise UserError(f"There is no storage root {args.store}.", field="store")
        manifests = sorted(args.store.glob(f"*/[!.]*/{artifacts.MANIFEST}"))
        return [artifacts.read(path.parent) for path in manifests]
    folders: list[Path] = []
    for folder in args.inputs or []:
        inside = sorted(path.parent for path in folder.glob(f"*/{artifacts.MANIFEST}"))
        folders += [folder] if (folder / artifacts.MANIFEST).is_file() or not inside else inside
    return [artifacts.read(folder) for folder in folders]


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


def mapping(text: str | None, option: str = "--params") -> dict:
    """The JSON object of an option; empty where it was not given."""
    if text is None:
        return {}
    try:
        values = json.loads(text, object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", None) or str(error)
        raise UserError(f"{option} is not JSON that can be read: {reason}.", field=option.lstrip("-")) from None
    if not isinstance(values, dict):
        raise UserError(f"{option} is a JSON object: names and values in braces.", field=option.lstrip("-"))
    return values


def _distinct(pairs: list[tuple[str, Any]]) -> dict:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a name is given twice")
    return values
