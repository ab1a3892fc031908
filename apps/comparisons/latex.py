r"""Tables as LaTeX, for a paper: one ``table`` each, with the rules of booktabs, and nothing in it that a name could run."""

import re
from collections.abc import Iterable

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "[": "{[}",  # after the end of a row it would begin an argument,
    "*": "{*}",  # and this would belong to that end
    "\N{MINUS SIGN}": "$-$",  # which pdfLaTeX does not know
    **{mark: rf"\{mark}" for mark in "&%$#_{}"},
}
_ESCAPED = re.compile("|".join(map(re.escape, _SPECIAL)))
HEAD = "% \\usepackage{booktabs} and, for wide tables, \\usepackage{graphicx}\n"


def latex(sections: Iterable[tuple[list[str], list[list]]]) -> str:
    """``sections``: (title in parts, table with its header row). Sentences, and columns in which nothing stands, would leave the rest no room."""
    return HEAD + "\n".join(_table(", ".join(title), *_told(table)) for title, table in sections)


def _told(table: list[list]) -> tuple[list, list[list]]:
    head, *body = table
    kept = [
        k
        for k, name in enumerate(head)
        if name != "sentence" and (not body or any(row[k] not in (None, "") for row in body))
    ]
    return [head[k] for k in kept], [[row[k] for k in kept] for row in body]


def _table(title: str, head: list, body: list[list]) -> str:
    numeric = [bool(body) and all(_is_number(row[k]) for row in body) for k in range(len(head))]
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{text(title)}}}",
        r"\resizebox{\linewidth}{!}{%",
        rf"\begin{{tabular}}{{{''.join('r' if right else 'l' for right in numeric)}}}",
        r"\toprule",
        _row(head),
        r"\midrule",
        *map(_row, body),
        r"\bottomrule",
        r"\end{tabular}}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _row(cells: list) -> str:
    return " & ".join(map(_cell, cells)) + r" \\"


def _cell(value) -> str:
    if value is None:
        return "--"
    if _is_number(value):
        shown, _, power = (f"{value:.4g}" if isinstance(value, float) else str(value)).partition("e")
        return rf"${shown}\times 10^{{{int(power)}}}$" if power else f"${shown}$"
    return text(value)


def text(value) -> str:
    """Words that stand for themselves, on one line."""
    return _ESCAPED.sub(lambda found: _SPECIAL[found[0]], " ".join(str(value).split()))


def _is_number(value) -> bool:
    return value is None or isinstance(value, int | float) and not isinstance(value, bool)
