"""Method parameters: a frozen dataclass whose fields carry their own help, bounds and choices.

``Params`` of a method is a plain frozen dataclass made of :func:`param` fields, so that a call with defaults costs no
import beyond the standard library; the pydantic model that validates foreign input and gives the JSON schema (and
with it form, API and command line) is derived from it when it is asked for.
"""

import functools
from dataclasses import MISSING, asdict, field, fields
from typing import Any, get_type_hints

from gradatim.complaints import complaint
from gradatim.errors import UserError


def param(default: Any = MISSING, *, help: str, label: str = "", added: bool = False, **bounds: Any) -> Any:
    """A dataclass field. ``bounds`` are pydantic's: ge, gt, le, lt, multiple_of, min_length, max_length, pattern.

    Choices are a ``Literal`` annotation. ``label`` defaults to the field's name in words. ``added``: documents were frozen
    before the parameter existed, so its default is what they mean (see :func:`as_dict`).
    """
    metadata = {"help": help, "label": label, "added": added, "bounds": bounds}
    if isinstance(default, (dict, list)):
        return field(default_factory=lambda: type(default)(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@functools.cache
def model_of(cls: type) -> Any:
    """The frozen pydantic model that mirrors a ``Params`` dataclass (strict about unknown names)."""
    from pydantic import ConfigDict, Field, create_model

    definitions = {}
    types = get_type_hints(cls)  # also where a module postpones its annotations
    for f in fields(cls):
        default = {"default": f.default} if f.default is not MISSING else {}
        if f.default_factory is not MISSING:
            default = {"default": f.default_factory()}  # pydantic copies it; the schema says it
        title = f.metadata["label"] or f.name.replace("_", " ").capitalize()
        definitions[f.name] = (
            types[f.name],
            Field(**default, title=title, description=f.metadata["help"], **f.metadata["bounds"]),
        )
    config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    return create_model(cls.__name__, __config__=config, **definitions)


def parse(cls: type, values: dict | None, *, where: str = "") -> Any:
    """A ``Params`` instance from foreign values; ``UserError`` names the field at fault. None means defaults."""
    if not values:
        try:
            return cls()
        except TypeError:
            values = {}
    if not isinstance(values, dict):
        raise UserError("Parameters are a mapping of names to values.", field=where)
    from pydantic import ValidationError

    try:
        model = model_of(cls).model_validate(values)
    except ValidationError as error:
        raise user_error(error, where) from None
    try:
        return cls(**{f.name: getattr(model, f.name) for f in fields(cls)})
    except UserError as error:  # what bounds cannot say, ``__post_init__`` does
        raise UserError(error.sentence, field=f"{where}.{error.field}" if where else error.field) from None


def user_error(error: Any, where: str = "") -> UserError:
    """The first complaint of a pydantic ``ValidationError`` as one sentence with its field."""
    first = error.errors(include_url=False, include_input=False)[0]
    path = ".".join(str(part) for part in ([where] if where else []) + list(first["loc"]))
    sentence = complaint(first)
    return UserError(f"{path}: {sentence}" if path else sentence, field=path)


def as_dict(params: Any) -> dict:
    """All parameters with their values, defaults filled in: what is stored in documents and hashed.

    A parameter that was ``added`` to its method is left out where it holds its default: documents that were frozen without it
    keep their digests.
    """
    values = {name: _as_json(value) for name, value in asdict(params).items()}
    for f in fields(params):
        if f.metadata.get("added") and values[f.name] == f.default:
            del values[f.name]
    return values


def _as_json(value: Any) -> Any:
    """Pairs are lists, as a document that was read again has them."""
    return [_as_json(item) for item in value] if isinstance(value, list | tuple) else value


def schema(cls: type) -> dict:
    """JSON schema of the parameters, with titles, descriptions, bounds and defaults."""
    return model_of(cls).model_json_schema()
