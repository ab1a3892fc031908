"""Pictures of every page: which pages are of one kind, and what the gallery says of them."""

import re
from pathlib import Path

from docs.screenshots import pages, sheets

DOCS = Path(sheets.__file__).parents[1]
KEY = "0b6f2f3a-6c4e-4b43-9f0e-2a1d3f4b5c6d"


def test_pages_that_differ_in_their_object_alone_are_of_one_kind():
    assert pages.kind(f"http://host/projects/{KEY}/runs/new/?clone={KEY}") == "projects-runs-new"
    assert pages.kind(f"http://host/runs/{KEY}/steps/12/") == "runs-steps"
    assert pages.kind("http://host/") == "home"
    assert pages.kind("http://host/methods/orderings/saw/") == pages.kind("http://host/methods/orderings/stair/")


def test_a_project_with_nothing_in_it_is_found_on_the_first_page():
    def card(key, foot):
        return f'<a class="card" href="/projects/{key}/"><h3>P</h3><p class="card-foot">{foot}</p></a>'

    full, empty = KEY, KEY.replace("0b6f", "1c7a")
    page = card(full, "3 datasets · 40 runs") + card(empty, "0 datasets · 0 runs")
    assert pages.EMPTY.search(page)[1] == f"/projects/{empty}/"
    assert pages.EMPTY.search(card(full, "3 datasets · 40 runs")) is None


def test_the_gallery_has_a_section_a_page_with_four_pictures(tmp_path):
    sheets.gallery(tmp_path / "pages.md", "pages", {"projects-runs": "Runs", "shared": "Why", "unheard-of": "A page"})
    text = (tmp_path / "pages.md").read_text()
    assert text.count("### ") == 3
    assert len(re.findall(r'<img src="pages/[a-z-]+-(?:1440|390)-(?:light|dark)\.webp"', text)) == 12
    assert sheets.shown(tmp_path / "pages.md") == {"projects-runs": "Runs", "shared": "Why", "unheard-of": "A page"}
    assert text.index("## Runs") < text.index("## Shared") < text.index("## People")


def test_every_picture_of_the_gallery_is_there_and_they_are_light():
    shown = set(re.findall(r'src="(pages/[^"]+)"', (DOCS / "pages.md").read_text()))
    there = {f"pages/{path.name}" for path in (DOCS / "pages").iterdir()}
    assert shown == there
    assert sum((DOCS / name).stat().st_size for name in there) < 6 * 2**20
