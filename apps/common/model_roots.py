"""Models in folders of the server: found below the configured roots, named ``<root>/<path>``, never by a machine's path.

A model is a folder of the Hugging Face layout with a config.json and safetensors; weights in other formats, which can
hold code, are not taken. Only its JSON and the headers of its weights are read here.
"""

import json
import os
import struct
import threading
import time
from dataclasses import dataclass
from math import prod
from pathlib import Path

from django.conf import settings

from apps.datasets import roots
from gradatim.errors import UserError

#: How far below a root models are looked for, and how many a page lists.
DEPTH, LISTED = 3, 200
#: Largest JSON that is read, in bytes.
LARGEST_JSON = 16_000_000
FIELD = "recipe.model.folder"


@dataclass(frozen=True, slots=True)
class LocalModel:
    """``name`` is ``<root>/<path>``; ``problem`` says why it cannot be used, else it is empty. Sizes are None if unsaid."""

    name: str
    architecture: str
    parameters: int | None
    vocab_size: int | None
    context: int | None
    size: int
    problem: str = ""


_lock = threading.Lock()
#: (the roots, when they were walked, what was found); each process has its own
_walked: tuple[tuple, float, list[LocalModel]] = ((), 0.0, [])


def models() -> list[LocalModel]:
    """Every folder with a config.json below the roots, by name, as they were ``MODEL_LOOK_SECONDS`` ago at most.

    A walk may take long, on a network's disk above all: while one walks, others wait for what it finds.
    """
    global _walked
    roots_now = tuple(sorted(settings.DATA_ROOTS.items()))
    with _lock:
        walked, at, found = _walked
        if walked != roots_now or time.monotonic() - at >= settings.MODEL_LOOK_SECONDS:
            found = _walk()
            _walked = (roots_now, time.monotonic(), found)
        return list(found)


def _walk() -> list[LocalModel]:
    """Links are not followed."""
    found = []
    for root in sorted(settings.DATA_ROOTS):
        base = Path(settings.DATA_ROOTS[root]).resolve()
        for folder, inner, files in os.walk(base):
            path = Path(folder).relative_to(base)
            inner[:] = sorted(name for name in inner if not name.startswith(".")) if len(path.parts) < DEPTH else []
            if "config.json" in files and path.parts:
                found.append(_described(f"{root}/{path.as_posix()}", Path(folder)))
            if len(found) >= LISTED:
                return found
    return found


def usable(vocab_size: int = 0) -> list[LocalModel]:
    """Models that can be trained on with a tokenizer of ``vocab_size`` entries."""
    return [model for model in models() if not model.problem and (model.vocab_size or vocab_size) >= vocab_size]


def find(name: str) -> LocalModel:
    """The model of that name; ``UserError`` where it is none, cannot be used, or leads out of its root."""
    model = _described(name, path_of(name))
    if model.problem:
        raise UserError(f"The model {name} cannot be used: {model.problem}", field=FIELD)
    return model


def path_of(name: str) -> Path:
    """The folder itself, for the worker; ``UserError`` for what does not lie below a configured root."""
    root, _, path = name.partition("/")
    try:
        folder = roots.locate(root, path)
    except UserError as error:  # a refused path stays one
        error.field = FIELD
        raise
    if not path or not (folder / "config.json").is_file():
        raise UserError(f"There is no model {name} among the folders of this server.", field=FIELD)
    for file in folder.iterdir():  # a link inside could lead the reader elsewhere
        if not file.resolve().is_relative_to(Path(settings.DATA_ROOTS[root]).resolve()):
            raise UserError(f"The model {name} holds a link that leads out of its folder.", field=FIELD)
    return folder


def _described(name: str, folder: Path) -> LocalModel:
    weights = sorted(folder.glob("*.safetensors"))
    try:
        config = _json(folder / "config.json")
        architecture = str(config.get("model_type") or "unknown")
        parameters = sum(_parameters(file) for file in weights)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, struct.error):
        return LocalModel(name, "unknown", None, None, None, 0, "its config.json or its weights cannot be read.")
    size = sum(file.stat().st_size for file in weights)
    problem = "" if weights else "it holds no safetensors; weights in other formats are not read."
    vocab_size, context = _whole(config.get("vocab_size")), _whole(config.get("max_position_embeddings"))
    return LocalModel(name, architecture[:60], parameters or None, vocab_size, context, size, problem)


def _json(path: Path) -> dict:
    if path.stat().st_size > LARGEST_JSON:
        raise ValueError(f"{path.name} is too large")
    found = json.loads(path.read_bytes())
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} is no mapping")
    return found


def _parameters(path: Path) -> int:
    """Numbers in a safetensors file, from its header: eight bytes of length, then JSON with the shape of each tensor."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > LARGEST_JSON:
            raise ValueError("the header is too large")
        header = json.loads(file.read(length))
    return sum(prod(tensor["shape"]) for key, tensor in header.items() if key != "__metadata__")


def _whole(value) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
