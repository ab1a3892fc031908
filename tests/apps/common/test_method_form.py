"""Forms made from the parameters of methods, for every method of the registry."""

from dataclasses import MISSING, fields

import pytest
from django import forms
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.html import escape

from apps.common.method_form import CHOSEN, MethodPicker, method_choices, method_form, put_error
from gradatim import params, registry
from gradatim.errors import UserError

METHODS = [(family, name) for family in registry.FAMILIES for name in registry.names(family)]
#: What parameters without a default are given here.
NEEDED = {
    "above": "1.5",
    "k": "10",
    "ratio": "0.4",
    "weights": '{"prose": 1}',
    "path": "/data/scores.csv",
    "checkpoint": "0" * 64,
    "tokenizer": "0" * 64,
    "dataset": "0" * 64,
    "datasets": '["a"]',
    "source": '{"kind": "file"}',
    "curriculum": '{"phases": []}',
    "run": '{"seed": 1}',
    "method": "length",
    "name": "n",
}


def filled(family, name, prefix="", **changes):
    """What a browser sends that opened the form, filled in what is needed, and changed the rest as told."""
    form = method_form(family, name, prefix=prefix)
    data = QueryDict(mutable=True)
    for bound in form:
        value = bound.value()
        if isinstance(bound.field, forms.BooleanField):
            if value:
                data[bound.html_name] = "on"
        else:
            data[bound.html_name] = NEEDED.get(bound.name, "") if value in (None, "", "null") else str(value)
    start = f"{prefix}-" if prefix else ""
    for key, value in changes.items():
        data[f"{start}{key}"] = value
    data[form.marker] = form.identity
    return data


@pytest.mark.parametrize(("family", "name"), METHODS)
def test_a_method_s_form_has_every_parameter_with_its_help_and_default(family, name):
    form = method_form(family, name)
    for f in fields(registry.load(family, name).Params):
        field = form.fields[f.name]
        assert field.help_text == f.metadata["help"]
        assert field.label
        if f.default is not MISSING:
            assert field.initial == f.default


@pytest.mark.parametrize(("family", "name"), METHODS)
def test_a_form_sent_as_it_was_opened_gives_the_defaults(family, name):
    form = method_form(family, name, data=filled(family, name, prefix="a"), prefix="a")
    assert form.is_valid(), form.errors
    cls = registry.load(family, name).Params
    assert form.params() == params.as_dict(params.parse(cls, form.params()))
    for f in fields(cls):
        if f.default is not MISSING and f.name not in NEEDED:
            assert getattr(params.parse(cls, form.params()), f.name) == f.default


@pytest.mark.parametrize(("family", "name"), METHODS)
def test_what_is_below_or_above_a_bound_is_refused_at_its_field(family, name):
    for f in fields(registry.load(family, name).Params):
        bounds = f.metadata["bounds"]
        outside = [(bounds[k] - 1) for k in ("ge", "gt") if k in bounds] + [
            (bounds[k] + 1) for k in ("le", "lt") if k in bounds
        ]
        for value in outside:
            form = method_form(family, name, data=filled(family, name, **{f.name: str(value)}))
            assert not form.is_valid()
            assert list(form.errors) == [f.name]


@pytest.mark.parametrize(("family", "name"), METHODS)
def test_the_fields_are_drawn_with_label_help_and_the_method_s_own_words(family, name):
    html = render_to_string("ui/method_fields.html", {"form": method_form(family, name, prefix="p")})
    for f in fields(registry.load(family, name).Params):
        assert f'name="p-{f.name}"' in html
    assert escape(registry.describe(family, name)["source"].split("<")[0][:20]) in html
    assert f'value="{family}.{name}"' in html


def test_a_field_left_empty_takes_its_default():
    form = method_form("orderings", "saw", data=QueryDict("sections=&transition_ratio=&layers=4"))
    assert form.is_valid()
    assert form.params() == {"sections": 3, "transition_ratio": 0.075, "layers": 4, "descending": False}


def test_a_curve_is_typed_as_pairs_and_refused_at_its_field_where_it_is_none():
    data = QueryDict(mutable=True)
    data["points"] = "[[0, 20.5], [0.5, 0], [1, 100]]"
    form = method_form("orderings", "drawn_curve", data=data)
    assert form.is_valid(), form.errors
    assert form.params() == {"points": [[0, 20.5], [0.5, 0], [1, 100]]}
    again = method_form("orderings", "drawn_curve", initial=form.params())
    assert again["points"].value() == "[[0.0, 20.5], [0.5, 0.0], [1.0, 100.0]]"
    for text in ("[[0, 1]]", "[[0, 1, 2], [1, 2, 3]]", "[[1, 0], [0, 100]]", "[[0, 0], [1, 200]]", "steep", "[0, 1]"):
        data["points"] = text
        form = method_form("orderings", "drawn_curve", data=data)
        assert list(form.errors) == ["points"], text
        assert escape(text) in str(form["points"])


def test_not_a_number_is_refused():
    for text in ("nan", "inf", "1e400", "three"):
        form = method_form("selections", "threshold", data=QueryDict(f"above={text}&keep=highest"))
        assert list(form.errors) == ["above"], text


def test_json_that_is_no_mapping_of_numbers_is_refused_at_its_field_and_kept():
    for text in ('{"prose": "much"}', "[1, 2]", "{prose: 1}"):
        data = QueryDict(mutable=True)
        data["weights"] = text
        form = method_form("mixing", "static", data=data)
        assert list(form.errors) == ["weights"], text
        assert escape(text) in str(form["weights"])


def test_values_typed_for_another_method_make_an_unsent_form_that_keeps_what_both_have():
    data = filled("orderings", "saw", prefix="o", layers="7")
    form = method_form("orderings", "zigzag", data=data, prefix="o")
    assert form.switched
    assert not form.is_valid()
    assert form["layers"].value() == "7"
    assert not form.errors


def test_a_default_of_the_method_that_was_left_is_no_wish_for_the_next_one():
    # Nought buckets are the default of one and below the least of the other.
    left = {"of": "orderings.interleaved", "buckets": "0"}
    form = method_form("orderings", "one_pass", data=left)
    assert form["buckets"].value() == 10
    assert method_form("orderings", "one_pass", data={**left, "buckets": "7"})["buckets"].value() == "7"


def test_parameters_that_the_caller_fixes_have_no_field_and_stand_in_the_result():
    form = method_form("scores", "imported", data=QueryDict("column=s&id_column=k"), fixed={"path": "scores.csv"})
    assert "path" not in form.fields
    assert form.is_valid(), form.errors
    assert form.params() == {**form.params(), "path": "scores.csv", "column": "s", "id_column": "k"}


def test_a_picker_gives_method_and_parameters_as_documents_write_them():
    data = filled("orderings", "folding", prefix="o", layers="2")
    data["o-method"] = "folding"
    picker = MethodPicker("orderings", data=data, prefix="o")
    assert picker.is_valid()
    assert picker.value() == {"method": "folding", "params": {"layers": 2, "descending": False}}


def test_a_picker_without_script_shows_the_fields_of_the_method_that_was_chosen():
    data = filled("orderings", "folding", prefix="o")
    data["o-method"] = "segment"
    picker = MethodPicker("orderings", data=data, prefix="o")
    assert picker.switched
    assert not picker.is_valid()
    assert "front_percent" in picker.form.fields


def test_a_picker_refuses_a_method_that_is_not_offered():
    picker = MethodPicker("scores", data=QueryDict("method=nonsense"))
    assert not picker.is_valid()
    assert "method" in picker.choice.errors


def test_a_sentence_lands_at_the_field_that_its_path_ends_in_or_on_top():
    form = method_form("orderings", "saw", data=filled("orderings", "saw"))
    assert form.is_valid()
    put_error(form, UserError("params.layers: too many for 3 samples.", field="params.layers"))
    put_error(form, UserError("Nothing goes.", field="weather"))
    assert form.errors["layers"] == ["Too many for 3 samples."]
    assert form.non_field_errors() == ["Nothing goes."]


def test_methods_are_offered_by_title():
    titles = [title for _, title in method_choices("orderings")]
    assert titles == sorted(titles)
    assert len(titles) == len(registry.names("orderings"))


@pytest.mark.django_db
def test_the_fields_of_a_method_are_a_piece_for_the_signed_in(alice, signed_in, client):
    for family in CHOSEN:
        for name in registry.names(family):
            address = f"/methods/{family}/{name}/fields/?prefix=x"
            assert client.get(address).status_code == 302
    signed_in(alice)
    for family in CHOSEN:
        for name in registry.names(family):
            assert client.get(f"/methods/{family}/{name}/fields/?prefix=x").status_code == 200
    assert client.get("/methods/tasks/train/fields/").status_code == 404
    assert client.get("/methods/orderings/nothing/fields/").status_code == 404
    assert client.get("/methods/orderings/saw/fields/", {"prefix": '"><script>'}).status_code == 404


@pytest.mark.django_db
def test_another_method_s_fields_keep_what_was_typed(alice, signed_in):
    asked = {"prefix": "o", "o-layers": "9", "o-of": "orderings.saw"}
    html = signed_in(alice).get("/methods/orderings/zigzag/fields/", asked).content.decode()
    assert 'name="o-layers" value="9"' in html
    assert 'value="orderings.zigzag"' in html
