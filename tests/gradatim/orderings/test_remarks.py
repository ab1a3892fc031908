"""What an ordering says of its settings before it is used."""

import dataclasses

import numpy as np
import pytest

from gradatim import registry
from gradatim.types import OrderContext, Remark


def remarks(name, n=1000, context=None, **params):
    module = registry.load("orderings", name)
    context = context or OrderContext(n, np.arange(n, dtype=np.float32), np.arange(n) % 3, np.full(n, 7))
    return module.remarks(context, module.Params(**params))


def sentence(name, field, n=1000, **params):
    """The one remark at a field."""
    (said,) = [remark.sentence for remark in remarks(name, n, **params) if remark.field == field]
    return said


def test_a_remark_is_a_frozen_sentence_with_a_field():
    remark = Remark("It is so.", "layers")
    assert (remark.sentence, remark.field, Remark("So.").field) == ("It is so.", "layers", "")
    with pytest.raises(dataclasses.FrozenInstanceError):
        remark.sentence = "Not so."


@pytest.mark.parametrize("name", ["stair", "folding", "zigzag"])
def test_published_settings_of_orders_without_jumps_need_no_remark(name):
    assert remarks(name) == []


def test_the_published_saw_is_told_its_jump_and_how_to_close_it():
    said = sentence("saw", "layers")
    assert "With 2 layers, an even number" in said
    assert "jumps up by 15.0 % of the samples" in said
    assert "jumps down" in sentence("saw", "layers", descending=True)
    assert remarks("saw", layers=3) == remarks("saw", close_exit=True) == []


def test_an_even_zigzag_ends_where_it_began():
    assert "ends at the low end" in sentence("zigzag", "layers", layers=4)
    assert "ends at the high end" in sentence("zigzag", "layers", layers=4, descending=True)
    assert remarks("zigzag", layers=4, close_exit=True) == []


@pytest.mark.parametrize("name", ["stair", "saw"])
def test_overlapping_transitions_are_named_with_the_reach_that_avoids_it(name):
    three = {"sections": 3, "transition_ratio": 0.3, "layers": 3}
    assert sentence(name, "transition_ratio", **three).startswith("Transition 2 starts only where the one before ends")
    assert "0.166 or below" in sentence(name, "transition_ratio", **three)
    assert remarks(name, **(three | {"transition_ratio": 0.166})) == []
    five = {"sections": 5, "transition_ratio": 0.15, "layers": 3}
    assert sentence(name, "transition_ratio", **five).startswith("Transitions 2 to 4 start")
    two = {"sections": 2, "transition_ratio": 0.6, "layers": 3}
    assert "reach beyond the ends" in sentence(name, "transition_ratio", **two)


@pytest.mark.parametrize("name", ["stair", "saw"])
def test_what_remains_plain_sorting_is_said(name):
    assert "plain sorting" in sentence(name, "sections", sections=1)
    assert "less than half a sample" in sentence(name, "transition_ratio", 10, transition_ratio=0.01)
    assert "Without transitions" in sentence(name, "transition_ratio", transition_ratio=0)
    assert "One layer leaves" in sentence(name, "layers", layers=1)
    few = sentence(name, "layers", 20, sections=2, transition_ratio=0.1, layers=5)
    assert few == "The longest transition has 4 samples, too few for 5 layers: plain sorting remains."


@pytest.mark.parametrize("name", ["folding", "zigzag"])
def test_more_layers_than_samples_leave_plain_sorting(name):
    assert "5 layers of 4 samples hold one each" in sentence(name, "layers", 4)
    assert "plain sorting" in sentence(name, "layers", layers=1)


def test_segments_of_more_than_all_or_of_nothing_are_told():
    assert remarks("segment") == []
    assert "110 % of the samples" in sentence("segment", "back_percent", front_percent=60, back_percent=50)
    assert "plain shuffle" in sentence("segment", "front_percent", front_percent=0, back_percent=0)


@pytest.mark.parametrize("name", ["stair", "saw", "folding", "zigzag"])
def test_no_samples_need_no_remark(name):
    assert remarks(name, 0) == []
