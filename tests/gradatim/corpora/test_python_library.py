"""Docstrings and comments go, the program stays; the two corpora come in bounded, distinct samples."""

import ast
import json as json_module
import textwrap
from pathlib import Path

import pytest

from gradatim.corpora import pysource, python_library

SOURCE = '''#!/usr/bin/env python
"""Module text,
of two lines."""  # a comment

import os  # noqa


class Täxt:  "é"; size = "# not a comment"; """not a docstring"""

class Empty:
    """Only words."""


def f(x, y=[1,  # one
            2]):
    """Say.

    More.
    """

    # alone
    text = """kept


    # in the string"""
    def inner(): "doc"; return x
    return text, inner

async def g(): """Doc."""
'''


class WithoutDocstrings(ast.NodeTransformer):
    def generic_visit(self, node):
        super().generic_visit(node)
        scopes = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, scopes) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or ([] if isinstance(node, ast.Module) else [ast.Pass()])
        return node


def program(source: str) -> str:
    return ast.dump(pysource.parse(source))


def bare_program(source: str) -> str:
    return ast.dump(WithoutDocstrings().visit(pysource.parse(source)))


def test_docstrings_and_comments_go_and_nothing_else():
    bare = pysource.without_docstrings_and_comments(SOURCE)
    assert program(bare) == bare_program(SOURCE)
    assert '"""kept\n\n\n    # in the string"""' in bare and '"# not a comment"' in bare
    for gone in ("noqa", "a comment\n", "# one", "alone", "Say.", "Doc.", "Module text", "env python"):
        assert gone not in bare
    assert "2]):\n    text" in bare
    assert "class Empty:\n    pass\n" in bare


@pytest.mark.parametrize("module", ["json/decoder.py", "dataclasses.py", "turtle.py", "email/mime/base.py", "ast.py"])
def test_library_modules_stay_the_same_programs(module):
    source = (python_library.stdlib() / module).read_text(encoding="utf-8")
    assert program(pysource.without_docstrings_and_comments(source)) == bare_program(source)


def test_docstrings_are_found_with_their_names():
    found = dict(pysource.docstrings(pysource.parse(SOURCE)))
    assert found["Empty"] == "Only words." and found["f.inner"] == "doc" and found["g"] == "Doc."
    assert found[""].startswith("Module text") and found["Täxt"] == "é"


def test_code_is_cut_into_functions_members_and_joined_parts():
    function = "def name(x):\n" + "    x = x + 1\n" * 40
    method = textwrap.indent(function, "    ")
    members = "".join(method.replace("name", f"m{i}") for i in range(12))
    source = "import os\nA = 1\n" * 30 + function.replace("name", "small") + "class Big:\n    x = 1\n" + members
    samples = dict(pysource.code_samples(source))
    assert list(samples) == ["[1]", "small", *(f"Big.m{i}" for i in range(12))]
    assert samples["small"] == function.replace("name", "small")
    assert samples["Big.m3"] == method.replace("name", "m3")


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Path:
    """A small library: the real json and email packages, a test package and a file of another syntax."""
    root = tmp_path_factory.mktemp("library")
    for name in ("json/__init__.py", "json/decoder.py", "json/encoder.py", "email/message.py", "pydoc_data/topics.py"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes((python_library.stdlib() / name).read_bytes())
    (root / "test").mkdir()
    (root / "test" / "secret.py").write_text('"""' + "A test module's words. " * 20 + '"""\n' + "x = 1\n" * 200)
    (root / "broken.py").write_text("print 'old'\n")
    return root


@pytest.mark.parametrize("part", ["prose", "code", "both"])
def test_samples_are_bounded_distinct_and_in_a_fixed_order(library, part):
    first, again = ([b.rows for b in python_library.read(part, library)] for _ in range(2))
    assert first == again
    rows = [row for batch in first for row in batch.to_pylist()]
    assert len({row["id"] for row in rows}) == len({row["text"] for row in rows}) == len(rows) > 20
    assert {row["domain"] for row in rows} == set(python_library.PARTS[part])
    assert not any("test module's words" in row["text"] for row in rows)
    assert all(100 <= len(row["text"]) <= pysource.LONGEST for row in rows)


def test_one_in_so_many_modules_is_a_small_part_of_the_whole(library):
    whole, part = (
        {i for b in python_library.read("both", library, one_in=n) for i in _ids_and_texts(b)[0]} for n in (1, 3)
    )
    assert part < whole
    assert {i.partition(":")[2].partition(":")[0] for i in part} == {"json.decoder"}
    assert python_library.total("both", library, one_in=3) == 4


def test_ids_are_the_names_in_the_library(library):
    prose = {i: t for b in python_library.read("prose", library) for i, t in zip(*_ids_and_texts(b), strict=True)}
    code = {i: t for b in python_library.read("code", library) for i, t in zip(*_ids_and_texts(b), strict=True)}
    assert prose["json.decoder:JSONDecoder.raw_decode"].startswith("Decode a JSON document")
    assert prose["topic:assert"].startswith('The "assert" statement')
    assert code["json.decoder:JSONDecoder"].startswith("class JSONDecoder(object):")
    assert json_module.decoder.JSONDecoder.__doc__.strip()[:40] not in code["json.decoder:JSONDecoder"]


def _ids_and_texts(batch):
    return batch.rows["id"].to_pylist(), batch.rows["text"].to_pylist()
