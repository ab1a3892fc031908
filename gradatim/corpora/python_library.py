"""Two corpora that every Python installation carries: the prose and the code of its standard library.

Prose: docstrings outside the test packages, and the language reference in ``pydoc_data.topics``; domain "prose".
Code: the modules without tests, docstrings and comments, a sample a function, class or bounded part; domain "code".
Files are read and parsed, never imported; their order is that of their sorted paths.
"""

import ast
import inspect
import os
import platform
import sysconfig
import tokenize as tokens
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gradatim.corpora import pysource
from gradatim.corpora.rows import Batch, batch_of
from gradatim.errors import UserError

VERSION = platform.python_version()
PARTS = {"prose": ("prose",), "code": ("code",), "both": ("prose", "code")}
#: Folders that hold tests, foreign packages or data.
SKIPPED = {"test", "tests", "idle_test", "site-packages", "dist-packages", "__pycache__", "lib-dynload"}
#: Modules that hold tables of data, not code; the topics are prose.
TABLES = ("encodings/", "pydoc_data/", "_sysconfigdata", "stringprep", "html/entities")
MIN_PROSE = 100
MAX_PROSE = 4000


def stdlib() -> Path:
    return Path(sysconfig.get_paths()["stdlib"])


def modules(root: Path) -> list[tuple[str, Path]]:
    """(path below the library with slashes, path) of every module that is not a test, sorted."""
    found = {}
    for folder, below, files in os.walk(root):
        below[:] = [name for name in below if name not in SKIPPED and not name.startswith("config-")]
        for name in files:
            if name.endswith(".py"):
                path = Path(folder, name)
                found[path.relative_to(root).as_posix()] = path
    if not found:
        raise UserError("This Python has no readable standard library: choose a file as the source.", field="source")
    return sorted(found.items())


def read(part: str, root: Path | None = None, *, one_in: int = 1) -> Iterator[Batch]:
    """Batches of the corpora asked for (prose, code or both, prose first); ``done`` counts modules read.

    ``one_in``: of every so many modules one is read, for a corpus that is small and still of all kinds.
    """
    found = modules(root or stdlib())[::one_in]
    seen: set[str] = set()
    for number, domain in enumerate(PARTS[part]):
        reader = _prose if domain == "prose" else _code
        ids: list[str] = []
        texts: list[str] = []
        taken: set[str] = set()
        for index, (name, path) in enumerate(found, 1):
            for id_, text in reader(name, path):
                if text in seen:
                    continue
                seen.add(text)
                ids.append(_unique(f"{domain}:{id_}" if part == "both" else id_, taken))
                texts.append(text)
            if len(texts) >= 500 or (texts and index == len(found)):
                done = number * len(found) + index
                yield batch_of(ids, domain, None, texts, np.arange(len(texts)), done)
                ids, texts = [], []


def total(part: str, root: Path | None = None, *, one_in: int = 1) -> int:
    return len(modules(root or stdlib())[::one_in]) * len(PARTS[part])


def _source(path: Path) -> str | None:
    """The module's text; None where it is not meant for this Python (templates, other syntax)."""
    try:
        with tokens.open(path) as file:
            return file.read()
    except (OSError, SyntaxError, UnicodeDecodeError):
        return None


def _module(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _parsed(source: str | None) -> ast.Module | None:
    try:
        return None if source is None else pysource.parse(source)
    except (SyntaxError, ValueError):
        return None


def _prose(name: str, path: Path) -> Iterator[tuple[str, str]]:
    tree = _parsed(_source(path))
    if tree is None:
        return
    if name == "pydoc_data/topics.py":
        pairs = _topics(tree)
    else:
        pairs = (
            (f"{_module(name)}:{where}" if where else _module(name), text) for where, text in pysource.docstrings(tree)
        )
    for id_, text in pairs:
        for number, piece in enumerate(_pieces(inspect.cleandoc(text).rstrip()), 1):
            yield (id_ if number == 1 else f"{id_}#{number}"), piece


def _topics(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield f"topic:{key.value}", value.value


def _pieces(text: str) -> list[str]:
    """The text cut at blank lines into parts of at most 4,000 characters where its paragraphs allow; short rests join."""
    if len(text) < MIN_PROSE:
        return []
    pieces: list[str] = []
    for paragraph in text.split("\n\n"):
        joins = pieces and (len(pieces[-1]) + len(paragraph) + 2 <= MAX_PROSE or len(paragraph) < MIN_PROSE)
        if joins:
            pieces[-1] += "\n\n" + paragraph
        else:
            pieces.append(paragraph)
    return [piece for piece in (p.strip("\n") for p in pieces) if len(piece) >= MIN_PROSE]


def _code(name: str, path: Path) -> Iterator[tuple[str, str]]:
    if name.startswith(TABLES):
        return
    source = _source(path)
    if _parsed(source) is None:
        return
    bare = pysource.without_docstrings_and_comments(source)
    for where, text in pysource.code_samples(bare):
        yield f"{_module(name)}:{where}", text


def _unique(id_: str, taken: set[str]) -> str:
    """The id, with a number where an equal one came before (overloads, branches of an if)."""
    candidate, number = id_, 1
    while candidate in taken:
        number += 1
        candidate = f"{id_}~{number}"
    taken.add(candidate)
    return candidate
