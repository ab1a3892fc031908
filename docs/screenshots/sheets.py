"""What the pictures are shown in: a sheet for whoever looks at every one, and the gallery of the documentation."""

import html
import re
from pathlib import Path

from docs.screenshots.camera import THEMES, WIDTHS

#: Headings by the beginning of a picture's name, in the order of the gallery; the first that fits counts.
PARTS = {
    "visitor": "Without an account",
    "shared": "Shared with somebody who has no account",
    "empty-": "Where nothing is yet",
    "dialog-": "Over the page",
    "projects-datasets": "Data",
    "datasets": "Data",
    "projects-tokenizers": "Data",
    "tokenizers": "Data",
    "versions": "Data",
    "projects-scores": "Scores",
    "scores": "Scores",
    "projects-curricula": "Curricula",
    "curricul": "Curricula",
    "plans": "Curricula",
    "meters": "Curricula",
    "methods": "Help",
    "projects-runs": "Runs",
    "runs": "Runs",
    "chart-": "Comparisons and studies",
    "compar": "Comparisons and studies",
    "projects-compar": "Comparisons and studies",
    "projects-stud": "Comparisons and studies",
    "stud": "Comparisons and studies",
    "share": "Comparisons and studies",
    "projects-suites": "Evaluation",
    "suites": "Evaluation",
    "evaluations": "Evaluation",
    "projects-evaluations": "Evaluation",
    "jobs": "Jobs, workers, notices",
    "projects-jobs": "Jobs, workers, notices",
    "workers": "Jobs, workers, notices",
    "notices": "Jobs, workers, notices",
    "home": "Home and projects",
    "": "People, settings and everything else",
}
ORDER = (
    "Home and projects",
    "Data",
    "Scores",
    "Curricula",
    "Runs",
    "Comparisons and studies",
    "Evaluation",
    "Jobs, workers, notices",
    "Over the page",
    "Shared with somebody who has no account",
    "Without an account",
    "Where nothing is yet",
    "Help",
    "People, settings and everything else",
)
HEAD = """# Every page, seen

Made by `python -m docs.screenshots --gallery` from an installation in which the demo and two studies have run: {count} pages and states, on a
screen of 1440 and a phone of 390 pixels, light and dark. Nothing is staged: what they show is what the demo's jobs made. The pictures
are small on purpose; the pages themselves are a `make demo` away.
"""


def contact_sheet(folder: Path, names: list[str]) -> None:
    """All pictures side by side, one row a page."""
    rows = []
    for name in names:
        pictures = (f"{name}-{width}-{theme}.png" for width in WIDTHS for theme in THEMES)
        cells = "".join(f'<td><a href="{file}"><img src="{file}" alt="{file}"></a></td>' for file in pictures)
        rows.append(f"<tr><th>{name}</th>{cells}</tr>")
    style = "img{max-height:40rem;max-width:22vw} td,th{vertical-align:top;padding:.5rem;text-align:left}"
    page = f"<!doctype html><title>Every page</title><style>{style}</style><table>{''.join(rows)}</table>"
    (folder / "index.html").write_text(page)


def part(name: str) -> str:
    return next(title for beginning, title in PARTS.items() if name.startswith(beginning))


def shown(document: Path) -> dict[str, str]:
    """Name -> title of the pictures that the document shows already."""
    text = document.read_text() if document.exists() else ""
    return {name: title for title, name in re.findall(r"^### (.+)\n\n`([\w-]+)`", text, re.MULTILINE)}


def gallery(document: Path, folder: str, titles: dict[str, str]) -> None:
    """``document`` shows the pictures of ``folder``, a section a page: the screen in both themes, the phone in both."""
    parts = {title: [] for title in ORDER}
    for name, title in titles.items():
        pictures = "\n".join(
            f'<img src="{folder}/{name}-{width}-{theme}.webp" width="{48 if width == 1440 else 24}%" loading="lazy" alt="{html.escape(title)}, {width} pixels wide, {theme}">'
            for width in WIDTHS
            for theme in THEMES
        )
        parts[part(name)].append(f"\n### {title}\n\n`{name}`\n\n<p>\n{pictures}\n</p>\n")
    sections = "".join(f"\n## {title}\n{''.join(shown)}" for title, shown in parts.items() if shown)
    document.write_text(HEAD.format(count=len(titles)) + sections)
