"""What pydantic found wrong with a value, as a sentence for the person who gave it."""

from collections.abc import Mapping
from typing import Any

#: by the type of the error, filled in from its context
_SENTENCES = {
    "missing": "It is missing.",
    "extra_forbidden": "There is nothing of this name.",
    "int_type": "It must be a whole number.",
    "int_parsing": "It must be a whole number.",
    "int_from_float": "It must be a whole number.",
    "float_type": "It must be a number.",
    "float_parsing": "It must be a number.",
    "finite_number": "It must be a number, and a finite one.",
    "bool_type": "It must be true or false.",
    "bool_parsing": "It must be true or false.",
    "string_type": "It must be text.",
    "list_type": "It must be a list.",
    "tuple_type": "It must be a list.",
    "dict_type": "It must be a mapping of names to values.",
    "model_type": "It must be a mapping of names to values.",
    "string_too_long": "It may have at most {max_length} characters.",
    "string_too_short": "It must have at least {min_length} characters.",
    "too_long": "It may have at most {max_length} entries.",
    "too_short": "It must have at least {min_length} entries.",
}
#: what a text may look like, where its pattern is one that people meet
_PATTERNS = {
    r"^[0-9a-f]{64}$": "It must be a digest: 64 digits from 0 to 9 and a to f.",
    r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$": "It may have letters, digits, dots, dashes and underscores, no spaces, 64 at most, and begins with a letter or digit.",
}


def complaint(error: Mapping[str, Any]) -> str:
    """One of a ``ValidationError``'s errors, with its context."""
    context = error.get("ctx", {})
    if error["type"] == "string_pattern_mismatch" and context.get("pattern") in _PATTERNS:
        return _PATTERNS[context["pattern"]]
    if known := _SENTENCES.get(error["type"]):
        return known.format_map(context)
    text = error["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{text.replace('Input should', 'It must', 1)}."
