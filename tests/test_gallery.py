"""The gallery of orderings is made by its command, and says of each method when to use it."""

import re
from pathlib import Path

import pytest

from docs import gallery
from gradatim import registry

DOCS = Path(gallery.__file__).parent


@pytest.mark.parametrize("name", registry.names("orderings"))
def test_every_ordering_says_when_to_use_it(name):
    assert len(registry.describe("orderings", name)["use"]) > 40


def test_the_gallery_is_what_its_command_writes(tmp_path):
    gallery.main(tmp_path)
    written, made = (DOCS / "gallery.md").read_text(), (tmp_path / "gallery.md").read_text()
    assert written == made, "docs/gallery.md is not current: run python -m docs.gallery"
    pictures = {path.name for path in (tmp_path / "images" / "orders").iterdir()}
    assert {path.name for path in (DOCS / "images" / "orders").iterdir()} == pictures
    assert set(re.findall(r"images/orders/([a-z_]+\.svg)", written)) == pictures
