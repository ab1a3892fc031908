import pytest

from gradatim import registry
from gradatim.errors import UserError


def test_names_are_the_public_modules_of_the_family_sorted():
    names = registry.names("orderings")
    assert names == sorted(names)
    assert "sorting" in names
    assert not any(name.startswith("_") for name in names)


def test_an_unknown_method_is_refused_with_what_there_is():
    with pytest.raises(UserError, match="no ordering 'sort'; there are: .*sorting") as caught:
        registry.load("orderings", "sort")
    assert caught.value.field == "method"


@pytest.mark.parametrize("name", ["_layers", "__init__", "../scores/length", "sorting.py", ""])
def test_only_methods_can_be_loaded(name):
    with pytest.raises(UserError):
        registry.load("orderings", name)


def test_an_unknown_family_is_refused():
    with pytest.raises(UserError, match="no family 'order'"):
        registry.load("order", "sorting")


def test_a_description_holds_what_a_form_needs():
    described = registry.describe("orderings", "folding")
    assert (described["family"], described["name"], described["title"]) == ("orderings", "folding", "Folding")
    assert described["source"].startswith("FO ")
    assert "Source:" not in described["help"]
    layers = described["parameters"]["properties"]["layers"]
    assert (layers["title"], layers["default"], layers["minimum"]) == ("Layers", 5, 1)
    assert layers["description"]


def test_a_docstring_is_split_into_paragraphs_and_source():
    text = "What it\ndoes.\n\nMore.\n\nSource: a paper\nof two lines\n"
    assert registry.split_docstring(text) == ("What it does.\n\nMore.", "a paper of two lines")
    assert registry.split_docstring("Only help.") == ("Only help.", "")
