import math
from dataclasses import dataclass
from typing import Literal

import pytest

from gradatim import params as parameters
from gradatim.errors import UserError
from gradatim.params import param


@dataclass(frozen=True, slots=True)
class Params:
    layers: int = param(3, ge=1, help="How many.")
    share: float = param(0.5, ge=0, le=1, label="Part", help="How much.")
    keep: Literal["highest", "lowest"] = param("highest", help="Which end.")
    weights: dict[str, float] = param({}, help="By name.")


@dataclass(frozen=True, slots=True)
class Required:
    count: int = param(ge=0, help="How many.")
    name: str = param("x", help="What it is called.")


@pytest.mark.parametrize("nothing", [None, {}])
def test_nothing_given_means_defaults(nothing):
    assert parameters.parse(Params, nothing) == Params()


def test_given_values_replace_defaults_and_the_rest_stays():
    assert parameters.parse(Params, {"layers": 5}) == Params(layers=5)


def test_instances_do_not_share_a_mutable_default():
    assert Params().weights is not Params().weights


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"layers": 0}, "layers"),
        ({"layers": 1.5}, "layers"),
        ({"layers": "many"}, "layers"),
        ({"share": math.nan}, "share"),
        ({"share": math.inf}, "share"),
        ({"keep": "middle"}, "keep"),
        ({"weights": {"a": "heavy"}}, "weights.a"),
        ({"layer": 2}, "layer"),
    ],
)
def test_a_bad_value_is_refused_with_its_path(values, field):
    with pytest.raises(UserError) as caught:
        parameters.parse(Params, values)
    assert caught.value.field == field
    assert caught.value.sentence.startswith(f"{field}: ")
    with pytest.raises(UserError) as caught:
        parameters.parse(Params, values, where="phases.0.params")
    assert caught.value.field == f"phases.0.params.{field}"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"layers": 0}, "It must be greater than or equal to 1."),
        ({"layers": 1.5}, "It must be a whole number."),
        ({"share": "half"}, "It must be a number."),
        ({"share": math.inf}, "It must be a number, and a finite one."),
        ({"keep": "middle"}, "It must be 'highest' or 'lowest'."),
        ({"layer": 2}, "There is nothing of this name."),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(values, said):
    with pytest.raises(UserError) as caught:
        parameters.parse(Params, values)
    assert caught.value.sentence == f"{caught.value.field}: {said}"


def test_a_missing_required_value_is_named():
    with pytest.raises(UserError) as caught:
        parameters.parse(Required, None)
    assert caught.value.field == "count"
    assert parameters.parse(Required, {"count": 2}) == Required(2)


@pytest.mark.parametrize("values", [[1], "layers", 3])
def test_what_is_no_mapping_is_refused(values):
    with pytest.raises(UserError, match="mapping"):
        parameters.parse(Params, values)


def test_all_values_come_back_as_a_document():
    expected = {"layers": 3, "share": 0.5, "keep": "highest", "weights": {}}
    assert parameters.as_dict(Params()) == expected


def test_the_schema_says_titles_help_bounds_defaults_and_choices():
    schema = parameters.schema(Params)["properties"]
    assert schema["share"] == {
        "title": "Part",
        "description": "How much.",
        "default": 0.5,
        "minimum": 0,
        "maximum": 1,
        "type": "number",
    }
    assert schema["keep"]["enum"] == ["highest", "lowest"]
    assert parameters.schema(Required)["required"] == ["count"]
