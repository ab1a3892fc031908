"""Averaged weights asked for in the browser and over the API, shown on a run's page, and started from."""

import json

import pytest
from django.urls import reverse

from apps.metrics import services as metrics
from apps.runs import forecast, services
from apps.runs.models import Run
from gradatim import averaging, specs
from tests.apps import factories
from tests.apps.runs.test_new import sent


@pytest.fixture
def phased(data, alice):
    return factories.phased_curriculum(data, alice)


@pytest.fixture
def page(data):
    return reverse("runs:new", args=[data.project.pk])


EMA = {"averaging.method": "ema", "averaging.every": "3", "averaging.last": "", "averaging.decay": "0.9"}


def test_a_recipe_without_an_average_is_written_as_it_was_before_there_were_any(signed_in, page, phased, alice):
    client = signed_in(alice)
    client.post(page, sent(client.get(page)) | {"averaging.every": "7"})
    assert "averaging" not in Run.objects.get().recipe


def test_an_average_is_asked_for_forecast_and_told_on_the_runs_page(signed_in, page, phased, alice):
    client = signed_in(alice)
    typed = sent(client.get(page)) | EMA | {"batch_size": "4", "context": "64"}
    answer = client.post(page, typed | {"update": "forecast"})
    told = answer.context["forecast"]
    assert told.copy_bytes == 4 * told.parameters
    assert 0 < told.averaged < told.evaluations
    assert "their average, in memory" in answer.content.decode()
    client.post(page, typed)
    run = Run.objects.get()
    assert run.recipe["averaging"] == {"method": "ema", "every": 3, "last": None, "decay": 0.9}
    assert "EMA 0.9 of all weights, every 3 steps" in client.get(reverse("runs:detail", args=[run.pk])).content.decode()
    again = client.get(page, {"clone": run.pk})
    assert again.context["form"]["averaging.every"].value() == 3
    assert '<details class="panel folded" open>' in again.content.decode()


@pytest.mark.parametrize(("button", "shape", "floor"), [("cma:1", "constant", "0"), ("cdma:1", "cosine", "0.001")])
def test_one_click_fills_in_the_published_average_with_its_learning_rate(
    signed_in, page, phased, alice, button, shape, floor
):
    client = signed_in(alice)
    typed = sent(client.get(page)) | {"batch_size": "4", "context": "16", "notes": "what I wrote", "update": button}
    answer = client.post(page, typed)
    form = answer.context["form"]
    assert (form["schedules.1.shape"].value(), form["schedules.1.floor"].value()) == (shape, floor)
    every = averaging.published(24_000 // 64).every
    values = [form[f"averaging.{name}"].value() for name in ("method", "every", "last", "decay")]
    assert (values, form["notes"].value()) == (["ema", str(every), "6", "0.8"], "what I wrote")
    assert "autofocus" in form.fields["averaging.method"].widget.attrs
    assert "also of the average" in answer.content.decode()
    assert not Run.objects.exists()


def test_evaluations_of_the_average_are_counted_as_the_trainer_makes_them():
    cadence = specs.Evaluation(dense_every=2, dense_until=4, every=5)
    for every, last in ((4, 5), (1, None), (7, 2), (30, 3)):
        spec = specs.Averaging(method="sma", every=every, last=last)
        recipe = specs.Recipe(
            model={"preset": "x"}, batch_size=4, context=16, evaluation=cadence, averaging=spec, schedules=[{}, {}]
        )
        phases = [{"name": "a", "tokens": 1024}, {"name": "b", "tokens": 512}]
        due = [2, 4, 5, 10, 15, 16, 18, 20, 21, 24]  # of 16 and 8 steps, as the trainer's own tests have them
        found = forecast.forecast(phases=phases, recipe=recipe, parameters=None)
        first = averaging.taken(spec, 24).start
        assert (found.evaluations, found.averaged) == (len(due) + 1, sum(step >= first for step in due))


@pytest.fixture
def kept(study):
    """The base of a study, as if it had kept an average."""
    study.base.recipe["averaging"] = {"method": "ema"}
    study.base.save()
    return study.base


def test_a_run_starts_from_the_average_of_another_which_its_document_says(signed_in, kept, study, alice):
    client = signed_in(alice)
    page = reverse("runs:new", args=[study.project.pk])
    typed = sent(client.get(page, {"version": study.mixed.pk})) | {"model": f"averaged:{kept.pk}", "name": "On"}
    client.post(page, typed)
    run = Run.objects.get(name="On")
    assert (run.base, run.recipe["model"]) == (kept, {"weights": "averaged"})
    told = client.get(reverse("runs:detail", args=[run.pk])).content.decode().replace("\xa0", " ")
    assert f"{kept.name}, averaged weights" in told
    assert client.get(page, {"clone": run.pk}).context["form"]["model"].value() == f"averaged:{kept.pk}"
    model = services.freeze_run(run=run).recipe.model
    assert (model.checkpoint, model.weights) == (kept.checkpoint.digest, "averaged")


def test_over_the_api_an_average_is_asked_for_and_one_that_is_not_kept_refused(signed_in, study, alice):
    client = signed_in(alice)
    address = reverse("api:project-runs", args=[study.project.pk])
    body = {"name": "A", "version": str(study.mixed.pk), "base": str(study.base.pk)}

    def post(recipe):
        return client.post(address, json.dumps(body | {"recipe": recipe}), "application/json")

    assert post({"averaging": {"method": "sma", "every": 2}}).status_code == 201
    for recipe, said in (
        ({"averaging": {"method": "wma"}}, "recipe.averaging.method"),
        ({"model": {"weights": "averaged"}}, "keeps no averaged weights"),
        ({"model": {"weights": "best"}}, "recipe.model.weights"),
    ):
        refused = post(recipe)
        assert (refused.status_code, said in refused.content.decode()) == (400, True)


def test_the_chart_of_evaluations_draws_the_average_and_the_api_gives_its_series(signed_in, study, alice):
    run = study.base
    values = ([5, 9], [500, 900], [1.0, 2.0], [3.0, 2.5])
    metrics.append(run=run, batch={"eval_averaged/heldout/argparse/loss": values})
    client = signed_in(alice)
    drawn = client.get(reverse("api:run-figure", args=[run.pk, "evaluation-loss"])).json()
    assert "argparse, averaged" in [trace["name"] for trace in drawn["figure"]["data"]]
    assert "(2.50 with averaged weights)" in drawn["reading"]
    told = client.get(reverse("api:run-series", args=[run.pk]), {"names": "eval_averaged/*"}).json()
    assert list(told.get("series", told)) == ["eval_averaged/heldout/argparse/loss"]
