"""The documentation's site leaves no page out, and leads to none that is not there."""

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]


def pages(nav) -> set[str]:
    if isinstance(nav, str):
        return {nav}
    inner = nav.values() if isinstance(nav, dict) else nav
    return set().union(*(pages(part) for part in inner))


def test_every_document_has_its_place_in_the_site():
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
    written = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")}
    assert pages(site["nav"]) == written


def test_what_the_site_needs_is_pinned():
    lines = (ROOT / "requirements/docs.txt").read_text().splitlines()
    assert all("==" in line for line in lines if not line.startswith("#"))
    assert any(line.startswith("mkdocs-material==") for line in lines)
