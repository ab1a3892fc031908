"""Frozen documents: defaults and versions filled in, one digest whatever way they come, errors that name the field."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradatim import registry, specs, yaml_text
from gradatim.digest import canonical_json, of_bytes
from gradatim.errors import UserError

YAML = """
curriculum:
  tokenizer: {t}
  phases:
    - name: shift
      tokens: 200_000
      streams:
        - name: new
          dataset: {d}
          domains: [code]
          scores: {s}
          selection: {{method: top_r, params: {{ratio: 0.6}}}}
          ordering: {{method: saw}}
          jitter_window: 64
        - {{name: replay, dataset: {d}, domains: [prose], epochs: 2}}
      mixture: {{method: static, params: {{weights: {{new: 3, replay: 1}}}}}}
recipe:
  model: {{preset: tiny}}
  schedules: [{{shape: wsd, peak: 3e-4, floor: 1E-5}}]
seed: 4
""".format(t="a" * 64, d="b" * 64, s="c" * 64)


def document() -> dict:
    return yaml_text.load(YAML)


def refused(change) -> UserError:
    changed = document()
    change(changed)
    with pytest.raises(UserError) as raised:
        specs.freeze(specs.parse(specs.Run, changed))
    assert raised.value.sentence.endswith(".")
    return raised.value


def test_freezing_fills_in_every_default_every_parameter_and_every_version():
    frozen = specs.freeze(specs.parse(specs.Run, document()))
    new, replay = frozen["curriculum"]["phases"][0]["streams"]
    saw, shuffle = registry.load("orderings", "saw"), registry.load("orderings", "shuffle")
    assert new["ordering"]["version"] == saw.version
    assert new["ordering"]["params"] == {"sections": 3, "transition_ratio": 0.075, "layers": 2, "descending": False}
    assert new["selection"]["params"] == {"ratio": 0.6, "keep": "highest"}
    assert replay["ordering"] == {"method": "shuffle", "params": {}, "version": shuffle.version}
    assert replay["jitter_window"] == 0
    assert frozen["curriculum"]["phases"][0]["mixture"]["params"] == {"weights": {"new": 3.0, "replay": 1.0}}
    assert frozen["recipe"]["optimizer"]["beta2"] == 0.95
    assert frozen["format"] == frozen["curriculum"]["format"] == 1


def test_a_frozen_document_freezes_to_itself_and_keeps_its_digest():
    spec = specs.parse(specs.Run, document())
    frozen = specs.freeze(spec)
    again = specs.parse(specs.Run, frozen)
    assert specs.freeze(again) == frozen
    assert specs.digest_of(again) == specs.digest_of(spec) == of_bytes(canonical_json(frozen))


def test_documents_frozen_before_a_field_was_added_keep_their_digests():
    """These digests were taken before jitter had kinds and exits could be closed: fields added since stay out of documents."""
    assert specs.digest_of(specs.parse(specs.Run, document())) == (
        "3e277d3350588bd3c1ffff0160101be8e96ddabd6645e5cb8a3e01bf8593fd16"
    )
    zigzag = document()
    stream(zigzag)["ordering"] = {"method": "zigzag"}
    assert specs.digest_of(specs.parse(specs.Run, zigzag)) == (
        "9a11e80e80299253c53371359ad07d69dc623f643500870a6fd7c8096191e188"
    )


def test_an_added_field_is_written_where_it_says_something_and_comes_back():
    written = document()
    stream(written).update(jitter="overlapping", ordering={"method": "saw", "params": {"close_exit": True}})
    frozen = specs.freeze(specs.parse(specs.Run, written))
    assert stream(frozen)["jitter"] == "overlapping"
    assert stream(frozen)["ordering"]["params"]["close_exit"] is True
    assert specs.freeze(specs.parse(specs.Run, yaml_text.load(yaml_text.dump(frozen)))) == frozen
    stream(written).update(jitter="disjoint", ordering={"method": "saw", "params": {"close_exit": False}})
    assert specs.digest_of(specs.parse(specs.Run, written)) == specs.digest_of(specs.parse(specs.Run, document()))


def test_exported_yaml_and_json_come_back_to_the_same_digest():
    spec = specs.parse(specs.Run, document())
    frozen = specs.freeze(spec)
    for text in (yaml_text.dump(frozen), json.dumps(frozen), yaml_text.dump(json.loads(canonical_json(frozen)))):
        assert specs.digest_of(specs.parse(specs.Run, yaml_text.load(text))) == specs.digest_of(spec)


def test_the_order_of_keys_and_the_way_a_number_is_written_do_not_change_the_digest():
    one = specs.parse(specs.Recipe, {"model": {"preset": "tiny"}, "schedules": [{"peak": 0.0003}]})
    other = specs.parse(specs.Recipe, yaml_text.load("schedules: [{peak: 3e-4}]\nmodel: {preset: tiny}"))
    assert specs.digest_of(one) == specs.digest_of(other)
    assert specs.digest_of(one) != specs.digest_of(specs.parse(specs.Recipe, {"model": {"preset": "tiny"}}))


@pytest.mark.parametrize(
    ("text", "value"), [("3e-4", 3e-4), ("1E5", 1e5), ("-2e+3", -2000.0), ("+1e2", 100.0), ("1.5e-3", 1.5e-3)]
)
def test_exponents_are_numbers_in_yaml(text, value):
    loaded = yaml_text.load(f"peak: {text}")["peak"]
    assert loaded == value and isinstance(loaded, float)


def test_what_only_looks_like_an_exponent_stays_text():
    assert yaml_text.load("[e5, 1e, 12ab, 3e-x]") == ["e5", "1e", "12ab", "3e-x"]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_survives_the_way_through_yaml(value):
    assert yaml_text.load(yaml_text.dump({"x": value}))["x"] == value


def stream(run: dict) -> dict:
    return run["curriculum"]["phases"][0]["streams"][0]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda r: r["curriculum"]["phases"][0].update(tokens=0), "curriculum.phases.0.tokens"),
        (lambda r: r["curriculum"].update(phases=[]), "curriculum.phases"),
        (lambda r: stream(r).update(dataset="b" * 63), "curriculum.phases.0.streams.0.dataset"),
        (lambda r: stream(r).update(name="../up"), "curriculum.phases.0.streams.0.name"),
        (lambda r: stream(r).update(order="saw"), "curriculum.phases.0.streams.0.order"),
        (lambda r: stream(r).update(epochs=0), "curriculum.phases.0.streams.0.epochs"),
        (lambda r: stream(r).update(jitter="wild"), "curriculum.phases.0.streams.0.jitter"),
        (lambda r: stream(r)["ordering"].update(method="swa"), "curriculum.phases.0.streams.0.ordering.method"),
        (
            lambda r: stream(r)["ordering"].update(params={"layers": 0}),
            "curriculum.phases.0.streams.0.ordering.params.layers",
        ),
        (
            lambda r: stream(r)["ordering"].update(params={"layer": 2}),
            "curriculum.phases.0.streams.0.ordering.params.layer",
        ),
        (
            lambda r: stream(r)["selection"].update(params={}),
            "curriculum.phases.0.streams.0.selection.params.ratio",
        ),
        (lambda r: stream(r)["ordering"].update(version=99), "curriculum.phases.0.streams.0.ordering.version"),
        (lambda r: stream(r).update(name="replay"), "curriculum.phases.0"),
        (lambda r: r["recipe"]["model"].update(folder="/x"), "recipe.model"),
        (lambda r: r["recipe"]["schedules"][0].update(floor=1), "recipe.schedules.0"),
        (lambda r: r["recipe"]["schedules"].append({}), ""),
        (lambda r: r["recipe"].update(batch_size="many"), "recipe.batch_size"),
        (lambda r: r.update(seed=-1), "seed"),
        (lambda r: r.pop("recipe"), "recipe"),
    ],
)
def test_a_mistake_is_named_with_its_field(change, field):
    assert refused(change).field == field


def test_infinity_and_nan_are_no_parameters():
    for text in (".inf", ".nan"):
        changed = yaml_text.load(YAML.replace("3e-4", text))
        with pytest.raises(UserError) as raised:
            specs.parse(specs.Run, changed)
        assert raised.value.field == "recipe.schedules.0.peak"


def test_text_that_is_no_yaml_names_its_line_and_a_list_is_no_document():
    with pytest.raises(UserError, match="line 2"):
        yaml_text.load("a: 1\nb: c: d\n")
    with pytest.raises(UserError, match="mapping"):
        specs.parse(specs.Run, yaml_text.load("- 1"))


def test_yaml_runs_no_code():
    with pytest.raises(UserError):
        yaml_text.load("!!python/object/apply:os.getcwd []")
