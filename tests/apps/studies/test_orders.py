"""The orders study: each order under each decay, from fresh weights or a base."""

import pytest
from django.urls import reverse

from apps.runs.models import Run
from apps.studies import services
from apps.studies.designs import cells_of
from apps.studies.forecast import forecast_of
from apps.studies.kinds import design_of
from apps.studies.kinds.orders import ORDERS
from apps.studies.models import Study
from gradatim import order_presets, specs
from gradatim.errors import UserError

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(study):
    return {
        "scores": str(study.ratio.pk),
        "tokenizer": str(study.tokenizer.pk),
        "tokens": 10_000,
        "recipe": {"batch_size": 4, "context": 64, "schedules": [{"shape": "wsd", "peak": 3e-3, "warmup": 0.1}]},
    }


def test_each_order_stands_under_each_decay_and_random_comes_first(study, asked):
    design = design_of("orders", study.project, asked | {"decays": ["cosine", "gentle", "wsd"]})
    assert [arm.name for arm in design.arms] == [
        *(f"Random order, {decay}" for decay in ("cosine to 0", "gentle decay", "WSD")),
        *(
            f"{order_presets.PRESETS[name].title}, {decay}"
            for name in ("str-paper", "saw-paper", "fo-5", "cl")
            for decay in ("cosine to 0", "gentle decay")
        ),
    ]
    schedules = [arm.recipe["schedules"] for arm in design.arms[:3]]
    assert schedules == [
        [{"shape": "cosine", "floor": 0.0, "peak": 3e-3, "warmup": 0.1}],
        [{"shape": "cosine", "floor": 0.001, "peak": 3e-3, "warmup": 0.1}],
        [{"shape": "wsd", "decay": 0.2, "peak": 3e-3, "warmup": 0.1}],
    ]
    assert all(arm.recipe["model"] == {"preset": "llama-1m"} for arm in design.arms)
    assert [v.pk for v in design.measured] == [study.code.pk]
    [stream] = design.arms[5].draft["phases"][0]["streams"]
    assert stream["ordering"] == {"method": "saw", "params": order_presets.PRESETS["saw-paper"].params}
    assert "scores" not in design.arms[0].draft["phases"][0]["streams"][0]


@pytest.mark.parametrize("order", sorted(ORDERS))
def test_every_order_is_one_that_a_curriculum_takes_upwards_and_downwards(study, asked, order):
    for means in ("harder", "worse"):
        study.ratio.artifact.meta["higher_means"] = means
        study.ratio.artifact.save(update_fields=["meta"])
        design = design_of("orders", study.project, asked | {"orders": [order], "decays": ["cosine"]})
        [cell, *_] = cells_of(design)
        [stream] = cell.arm.draft["phases"][0]["streams"]
        assert stream["ordering"].get("params", {}).get("descending", False) is (means == "worse" and order != "random")
        assert (stream.get("jitter_window", 0) > 1) is order.endswith("-jitter")
        specs.freeze(specs.parse(specs.Phase, cell.arm.draft["phases"][0] | {"streams": [stream | _digests(stream)]}))


def _digests(stream: dict) -> dict:
    return {"dataset": "0" * 64} | ({"scores": "0" * 64} if "scores" in stream else {})


def test_it_is_run_once_from_fresh_weights_and_one_curriculum_serves_both_decays(study, asked, alice):
    asked |= {"orders": ["random", "saw-jitter"], "seeds": [5, 6]}
    made, queued = services.run_study(project=study.project, kind="orders", params=asked, by=alice)
    assert (queued, len(made.cells)) == (8, 8)
    runs = Run.objects.in_bulk([cell["run"] for cell in made.cells])
    assert len({run.version_id for run in runs.values()}) == 2
    assert all(run.base is None and run.recipe["model"] == {"preset": "llama-1m"} for run in runs.values())
    again = services.run_study(project=study.project, kind="orders", params=made.params, by=alice)
    assert again == (made, 0)
    more = services.run_study(project=study.project, kind="orders", params=asked | {"seeds": [6, 7]}, by=alice)
    assert more[1] == 4


def test_from_a_base_it_has_the_bases_tokenizer_recipe_and_data(study, asked):
    given = {"scores": asked["scores"], "tokens": asked["tokens"], "base": str(study.base.pk), "seeds": [1]}
    design = design_of("orders", study.project, given)
    assert {arm.base for arm in design.arms} == {study.base}
    assert {v.pk for v in design.measured} == {study.prose.pk, study.code.pk}
    assert design.arms[0].recipe["schedules"][0]["peak"] == 1.5e-3
    assert "model" not in design.arms[0].recipe
    found = forecast_of(design)
    assert (found.made, found.seconds is not None) == (10, True)


@pytest.mark.parametrize(
    ("schedule", "floor"),
    [({"peak": "0.003", "warmup": "0.1"}, 1e-3), ({}, 3.33e-4)],
    ids=["written as text", "left to its default"],
)
def test_a_gentle_decay_ends_at_a_third_of_the_peak_that_the_recipe_means(study, asked, schedule, floor):
    asked |= {"recipe": asked["recipe"] | {"schedules": [schedule]}, "decays": ["gentle"], "orders": ["random"]}
    [arm] = design_of("orders", study.project, asked).arms
    assert specs.parse(specs.Recipe, arm.recipe).schedules[0].floor == floor


def test_half_of_a_bases_peak_is_known_where_that_was_written_as_text(study, asked):
    recipe = study.base.recipe | {"schedules": [{"peak": "0.003"}]}
    Run.objects.filter(pk=study.base.pk).update(recipe=recipe)
    given = {"scores": asked["scores"], "tokens": asked["tokens"], "base": str(study.base.pk)}
    assert design_of("orders", study.project, given).arms[0].recipe["schedules"][0]["peak"] == 1.5e-3


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"tokenizer": None}, "tokenizer", "Fresh weights need a tokenizer"),
        ({"orders": ["bubble"]}, "orders", "no 'bubble' here"),
        ({"orders": []}, "orders", "Choose at least one"),
        ({"decays": ["wsd"], "orders": ["cl"]}, "decays", "WSD is for the random order"),
        ({"model": "huge"}, "model", "no 'huge' here"),
        ({"scores": "none"}, "scores", "no score set none"),
        ({"scores": "a\0b"}, "scores", "There is no score set"),
        ({"tokenizer": "a\0b"}, "tokenizer", "There is no tokenizer"),
        ({"tokens": 10**18}, "tokens", "less than or equal to 1000000000000000"),
    ],
)
def test_what_cannot_be_is_refused_at_its_parameter(study, asked, change, field, sentence):
    with pytest.raises(UserError, match=sentence) as refused:
        design_of("orders", study.project, asked | change)
    assert refused.value.field == f"params.{field}"


def test_a_form_that_is_sent_as_it_stands_trains_about_one_pass(study, signed_in, alice, project):
    client, address = signed_in(alice), reverse("studies:new", args=[study.project.pk])
    form = client.get(address, {"kind": "orders"}).context["form"]
    sent = {field.html_name: field.value() for field in form if field.value()}
    sent |= {"kind": "orders", "seeds": "1"}
    answer = client.post(address, sent, follow=True)
    assert "10 runs are queued." in answer.text
    made = Study.objects.get()
    assert made.params["tokens"] == round(study.code.tokenized.get().artifact.meta["tokens"] * 0.98, -3)
    assert (made.params["orders"], made.params["model"]) == (
        ["random", "str-paper", "saw-paper", "fo-5", "cl"],
        "llama-1m",
    )


def test_without_a_score_set_it_says_where_to_begin(project, signed_in, alice):
    text = signed_in(alice).get(reverse("studies:new", args=[project.pk]), {"kind": "orders"}).text
    assert "Orders are made by a score set" in text and reverse("scores:list", args=[project.pk]) in text
