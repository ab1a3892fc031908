"""Any setting of a run's recipe, of its model or its curriculum, named by a path: ``recipe.batch_size``, ``curriculum.phases.0.tokens``.

The same value is found in a row that is loaded, and by the database for sorting, conditions and groups. What a recipe leaves out
is its default, except of runs that were trained elsewhere, whose recipe is their own.
"""

import functools
import re
from collections.abc import Iterator

from django.contrib.postgres.fields import ArrayField
from django.db.models import Case, F, FloatField, Func, JSONField, TextField, Value, When
from django.db.models.functions import Coalesce, Lower
from pydantic import BaseModel

from apps.jobs.models import ELSEWHERE
from apps.runs.models import Run
from gradatim import specs

ROOTS = {"recipe": "recipe", "curriculum": "version__draft"}
CHARACTERS, DEEP = 200, 12
_PLACE, _NUMBER = re.compile(r"[0-9]{1,9}"), re.compile(r"\s*[-+]?\d+\s*")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}")


class _At(Func):
    """What stands at a path in JSON; nothing where it is null."""

    template, arg_joiner = "NULLIF(%(expressions)s, 'null'::jsonb)", " #> "
    output_field = JSONField()


class _Number(Func):
    """A JSON value as a number; nothing where it is none, as a list of numbers is, or more than a float holds."""

    _path = 'strict $ ? (@.type() == "number" && @ > -1e308 && @ < 1e308)'
    template = f"(jsonb_path_query_first(%(expressions)s, '{_path}'))::text::float8"
    output_field = FloatField()


class _Text(Func):
    template = "(%(expressions)s #>> '{}')"
    output_field = TextField()


def keys_of(path: str) -> list[str] | None:
    """The path's parts; None where it is none."""
    root, *keys = path.split(".")
    sound = root in ROOTS and keys and all(map(_is_key, keys)) and len(keys) <= DEEP and len(path) <= CHARACTERS
    return [root, *keys] if sound else None


def _is_key(key: str) -> bool:
    """The database takes more spellings of numbers for places in a list, -1 for its last one."""
    return bool(key) and bool(_PLACE.fullmatch(key) or not _NUMBER.fullmatch(key))


def label_of(path: str) -> str:
    """recipe.schedules.0.peak -> Schedule 1 peak; curriculum.phases.0.tokens -> Phase 1 tokens."""
    words = []
    for part in path.split(".")[1:]:
        if _PLACE.fullmatch(part) and words:
            words[-1] = f"{words[-1].removesuffix('s')} {int(part) + 1}"
        elif part != "params":
            words.append(part.replace("_", " "))
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def value_of(run: Run, path: str):
    """None where the run has no such setting."""
    root, *keys = path.split(".")
    node = run.recipe if root == "recipe" else run.version.draft
    for key in keys:
        if isinstance(node, dict):
            node = node.get(key)
        elif isinstance(node, list) and _PLACE.fullmatch(key) and int(key) < len(node):
            node = node[int(key)]
        else:
            node = None
    if node is None and root == "recipe" and not run.trained_elsewhere:
        return defaults().get(path)
    return node


def expression(path: str):
    """The setting in a query on runs, as JSON."""
    root, *keys = path.split(".")
    found = _At(F(ROOTS[root]), Value(keys, ArrayField(TextField())))
    if root == "recipe" and path in defaults():
        filled = Coalesce(found, Value(defaults()[path], JSONField()), output_field=JSONField())
        return Case(When(job__kind=ELSEWHERE, then=found), default=filled, output_field=JSONField())
    return found


def number(path: str):
    return _Number(expression(path))


def text(path: str):
    return Lower(_Text(expression(path)))


@functools.cache
def defaults() -> dict[str, object]:
    """Of a recipe, by path; what depends on the phase or names data has none."""
    found = {}
    for name, field in specs.Recipe.model_fields.items():
        given = field.default
        if isinstance(given, BaseModel):
            for key in type(given).model_fields:
                value = getattr(given, key)
                if isinstance(value, str | int | float | bool):
                    found[f"recipe.{name}.{key}"] = value
        elif isinstance(given, str | int | float | bool):
            found[f"recipe.{name}"] = given
    return found


def leaves(node, path: str) -> Iterator[str]:
    """The paths of what has a value below ``node``; names of data, which are digests and ids, say nothing in a table."""
    if path.count(".") > DEEP:
        return
    if isinstance(node, dict):
        for key, value in node.items():
            if "." not in key:
                yield from leaves(value, f"{path}.{key}")
    elif isinstance(node, list) and any(isinstance(item, dict) for item in node):
        for place, value in enumerate(node):
            yield from leaves(value, f"{path}.{place}")
    elif node is not None and not (isinstance(node, str) and _ID.fullmatch(node)):
        yield path
