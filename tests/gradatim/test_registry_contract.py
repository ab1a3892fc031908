"""What every module of every family promises: a new file is tested because it exists."""

import dataclasses
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from gradatim import params as parameters
from gradatim import registry
from gradatim.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
#: how many positional arguments each family's function takes
ARITY = {
    "scores": 3,
    "selections": 2,
    "orderings": 3,
    "mixing": 3,
    "diagnostics": 2,
    "suites": 2,
    "plots": 2,
    "tasks": 1,
}
METHODS = [(family, name) for family in registry.FAMILIES for name in registry.names(family)]
every_method = pytest.mark.parametrize(("family", "name"), METHODS)


def test_every_family_has_an_arity():
    assert ARITY.keys() == registry.FAMILIES.keys()


@every_method
def test_a_docstring_says_what_it_does_and_where_it_comes_from(family, name):
    described = registry.describe(family, name)
    assert len(described["help"]) > 20
    assert described["source"]
    assert described["title"]


@every_method
def test_a_version_is_a_whole_number_from_one(family, name):
    version = registry.load(family, name).version
    assert type(version) is int and version >= 1


@every_method
def test_params_are_a_frozen_dataclass_with_help_on_every_field(family, name):
    cls = registry.load(family, name).Params
    assert dataclasses.is_dataclass(cls) and cls.__dataclass_params__.frozen
    for field in dataclasses.fields(cls):
        assert field.metadata.get("help", "").strip(), field.name
    properties = parameters.schema(cls).get("properties", {})
    assert list(properties) == [field.name for field in dataclasses.fields(cls)]
    assert all(entry["title"] and entry["description"] for entry in properties.values())


@every_method
def test_defaults_pass_their_own_bounds_or_required_fields_are_named(family, name):
    cls = registry.load(family, name).Params
    required = parameters.schema(cls).get("required", [])
    if required:
        with pytest.raises(UserError) as caught:
            parameters.parse(cls, None)
        assert caught.value.field == required[0]
    else:
        defaults = parameters.parse(cls, None)
        assert parameters.parse(cls, parameters.as_dict(defaults)) == defaults


@every_method
def test_unknown_parameters_are_refused(family, name):
    with pytest.raises(UserError):
        parameters.parse(registry.load(family, name).Params, {"no_such_parameter": 1})


@every_method
def test_the_familys_function_is_there_with_the_right_arguments(family, name):
    function = getattr(registry.load(family, name), registry.FAMILIES[family][0])
    inspect.signature(function).bind(*range(ARITY[family]))


def test_listing_every_method_loads_neither_torch_nor_transformers():
    code = (
        "import sys; from gradatim import registry\n"
        "for family in registry.FAMILIES:\n"
        "    for name in registry.names(family): registry.describe(family, name)\n"
        "print(sorted({'torch', 'transformers'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
