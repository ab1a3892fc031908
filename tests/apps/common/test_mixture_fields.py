"""Weights and key-frames, as people write them and as documents have them."""

import pytest
from django.http import QueryDict

from apps.common.method_form import method_form
from apps.common.mixture_fields import as_text


def sent(name: str, **typed):
    data = QueryDict(mutable=True)
    for key, value in typed.items():
        data[key] = value
    return method_form("mixing", name, data=data)


@pytest.mark.parametrize(
    "text",
    [
        "0: prose 3, code 1\n80%: code 1",
        '[[0, {"prose": 3, "code": 1}], [0.8, {"code": 1}]]',
        "0:prose=3,code: 1\n\n .8 : code 1",
    ],
)
def test_key_frames_are_lines_of_text_or_json(text):
    form = sent("key_frames", frames=text)
    assert form.is_valid(), form.errors
    assert form.params()["frames"] == [[0, {"prose": 3, "code": 1}], [0.8, {"code": 1}]]


def test_what_a_document_has_is_shown_as_text_and_comes_back_the_same():
    frames = [[0.0, {"prose": 3.0, "code": 1.0}], [0.8, {"code": 0.5}]]
    form = method_form("mixing", "key_frames", initial={"frames": frames})
    assert form["frames"].value() == "0: prose 3, code 1\n0.8: code 0.5"
    again = sent("key_frames", frames=form["frames"].value())
    assert again.is_valid() and again.params()["frames"] == frames
    assert as_text({"a": 1 / 3, "b": 1e6}) == "a 0.3333333333333333, b 1e+06"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prose 3", "is no key-frame"),
        ("0: prose", "is no name with a weight"),
        ("0: prose 3 code 1", "is no name with a weight"),
        ("120%: prose 1", "from 0 to 1"),
        ("0.5: a 1\n0.2: a 1", "ascending order"),
        ("[[0,", "cannot be read"),
    ],
)
def test_what_is_no_key_frame_is_refused_at_the_field_with_its_words(text, said):
    form = sent("key_frames", frames=text)
    assert list(form.errors) == ["frames"]
    assert said in str(form.errors["frames"])


def test_names_and_weights_have_commas_between():
    form = sent("replay", replayed="web, books", weights="web 3, books 0.5", rate="0.1", draw="anew")
    assert form.is_valid(), form.errors
    assert form.params()["replayed"] == ["web", "books"]
    assert form.params()["weights"] == {"web": 3, "books": 0.5}
    assert as_text(form.params()["weights"]) == "web 3, books 0.5"
