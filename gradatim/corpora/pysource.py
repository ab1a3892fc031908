"""Python source as text: its docstrings, the source without them and without comments, and parts of bounded size."""

import ast
import io
import tokenize
import warnings
from collections import Counter
from collections.abc import Iterator
from itertools import takewhile

#: Characters: a part is at most MAX_PART, or one statement of at most LONGEST; shorter ones than MIN_PART are left out.
MAX_PART = 4000
LONGEST = 8000
MIN_PART = 300
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def parse(source: str) -> ast.Module:
    """The tree, without the warnings about odd escapes that old modules give. Raises SyntaxError or ValueError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def docstrings(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(dotted name inside the module, docstring as written) of module, classes and functions, in source order."""
    for name, node in _scopes(tree, ""):
        first = _docstring_node(node)
        if first is not None:
            yield name, first.value.value


def without_docstrings_and_comments(source: str) -> str:
    """The same program without them; lines that held nothing else disappear, as do blank lines after a docstring, and of blank lines in
    a row one is left.

    A body that was only a docstring becomes ``pass``. Strings and indentation stay exactly as they are.
    """
    lines = _lines(source)
    cuts = _docstring_cuts(lines, parse(source))
    docstring_lines = {cut[0] for cut in cuts}
    inside_strings: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            cuts.append((*token.start, *token.end, ""))
        elif token.end[0] > token.start[0]:
            inside_strings.update(range(token.start[0] + 1, token.end[0]))
    dropped: set[int] = set()
    for first, start, last, stop, instead in sorted(cuts, reverse=True):  # from the end, so that columns stay true
        after = lines[last - 1][stop:].rstrip()
        if not instead and after.lstrip().startswith(";"):
            after = after.lstrip()[1:].lstrip()
        lines[first - 1] = (lines[first - 1][:start] + instead + after).rstrip() + "\n"
        dropped.update(range(first + 1, last + 1))
        if not lines[first - 1].strip():
            dropped.add(first)
            if first in docstring_lines:
                dropped.update(takewhile(lambda n: not lines[n - 1].strip(), range(last + 1, len(lines) + 1)))
    kept: list[str] = []
    for number, line in enumerate(lines, 1):
        blank = number not in inside_strings and not line.strip()
        if number in dropped or (blank and (not kept or not kept[-1].strip())):
            continue
        kept.append(line)
    return "".join(kept)


def code_samples(source: str) -> Iterator[tuple[str, str]]:
    """(dotted name, text) of a module's functions, classes and remaining parts, in source order; tiny ones are left out.

    What is longer than a part is cut: a class into its members, anything else between its statements. Neighbouring small
    statements are joined, their names are the scope's with a number ("JSONDecoder[2]"). Indentation is as in the file.
    """
    lines = _lines(source)
    yield from _cut(lines, parse(source).body, "", 1, len(lines), Counter())


def _cut(
    lines: list[str], body: list[ast.stmt], scope: str, first: int, last: int, numbers: Counter
) -> Iterator[tuple[str, str]]:
    """Samples of the lines ``first`` to ``last``: the statements of ``body`` and what stands between them."""
    joined = ""
    starts = [first, *(_begin(node) for node in body[1:]), last + 1]
    for i, node in enumerate(body):
        text = "".join(lines[starts[i] - 1 : starts[i + 1] - 1])
        named = isinstance(node, _SCOPES)
        name = f"{scope}.{node.name}".lstrip(".") if named else scope
        inner = _inner(node)
        whole = named and MIN_PART <= len(text) <= MAX_PART
        divisible = len(text) > MAX_PART and bool(inner) and _begin(inner[0]) > _begin(node)
        if whole or divisible or len(joined) + len(text) > MAX_PART:
            yield from _joined(joined, scope, numbers)
            joined = ""
        if whole:
            yield name, _trimmed(text)
        elif divisible:
            yield from _cut(lines, inner, name, starts[i], starts[i + 1] - 1, numbers)
        elif len(text) <= LONGEST:
            joined += text
    yield from _joined(joined, scope, numbers)


def _joined(text: str, scope: str, numbers: Counter) -> Iterator[tuple[str, str]]:
    text = _trimmed(text)
    if len(text) >= MIN_PART:
        numbers[scope] += 1
        yield f"{scope}[{numbers[scope]}]", text


def _trimmed(text: str) -> str:
    return text.strip("\n") + "\n"


def _begin(node: ast.stmt) -> int:
    """The statement's first line, its decorators included."""
    return min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])


def _inner(node: ast.stmt) -> list[ast.stmt]:
    """The statements one level below, of all branches, in source order."""
    branches = [node, *getattr(node, "handlers", ()), *getattr(node, "cases", ())]
    blocks = [getattr(branch, field, ()) for branch in branches for field in ("body", "orelse", "finalbody")]
    return sorted((statement for block in blocks for statement in block), key=_begin)


def _scopes(node: ast.AST, name: str) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, (ast.Module, *_SCOPES)):
        yield name, node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _SCOPES):
            yield from _scopes(child, f"{name}.{child.name}".lstrip("."))
        elif not isinstance(child, ast.expr):
            yield from _scopes(child, name)


def _docstring_node(node: ast.AST) -> ast.Expr | None:
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return first
    return None


def _docstring_cuts(lines: list[str], tree: ast.Module) -> list[tuple[int, int, int, int, str]]:
    """(first line, column, last line, column, what comes instead), columns in characters."""
    cuts = []
    for _, node in _scopes(tree, ""):
        doc = _docstring_node(node)
        if doc is not None:
            start = _characters(lines[doc.lineno - 1], doc.col_offset)
            stop = _characters(lines[doc.end_lineno - 1], doc.end_col_offset)
            only = len(node.body) == 1 and not isinstance(node, ast.Module)
            cuts.append((doc.lineno, start, doc.end_lineno, stop, "pass" if only else ""))
    return cuts


def _characters(line: str, utf8_offset: int) -> int:
    return utf8_offset if line.isascii() else len(line.encode()[:utf8_offset].decode())


def _lines(source: str) -> list[str]:
    """Lines as Python counts them (a form feed ends none), with their newline."""
    return io.StringIO(source).readlines()
