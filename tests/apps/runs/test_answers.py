"""The loss on answers and attention within samples, asked for in the browser, and what they need and show."""

import json

import pytest
from django.urls import reverse

from apps.datasets.models import TokenizedVersion
from apps.metrics import services as metrics
from apps.runs import services
from apps.runs.models import Run
from tests.apps import factories
from tests.apps.runs.test_new import sent


@pytest.fixture
def phased(data, alice):
    return factories.phased_curriculum(data, alice)


@pytest.fixture
def page(data):
    return reverse("runs:new", args=[data.project.pk])


def test_both_are_asked_for_told_and_cloned_and_their_defaults_stay_out_of_recipes(signed_in, page, phased, alice):
    client = signed_in(alice)
    typed = sent(client.get(page))
    client.post(page, typed)
    assert not {"loss_on", "attention"} & set(Run.objects.get().recipe)
    client.post(page, typed | {"name": "Answers", "loss_on": "answers", "attention": "within_samples"})
    run = Run.objects.get(name="Answers")
    told = client.get(reverse("runs:detail", args=[run.pk])).content.decode()
    assert "on answers alone" in told and "within samples" in told
    form = client.get(page, {"clone": run.pk}).context["form"]
    assert (form["loss_on"].value(), form["attention"].value()) == ("answers", "within_samples")
    recipe = services.freeze_run(run=run).recipe
    assert (recipe.loss_on, recipe.attention) == ("answers", "within_samples")


def test_tokens_of_before_prompts_were_counted_are_made_again_once_where_answers_count(data, phased, alice):
    rows = TokenizedVersion.objects.filter(tokenizer=data.tokenizer).select_related("artifact", "job")
    for place, row in enumerate(rows):
        del row.artifact.meta["prompts"]
        row.artifact.digest = f"{place}" * 64  # the count is in the manifest, so they had another name
        row.artifact.save()
    before = {row.pk: row.job_id for row in rows}
    asked = {"version": phased, "seed": 0, "by": alice}
    recipe = {"model": {"preset": "llama-1m"}, "schedules": [{}, {}]}
    services.create_run(name="Every token", recipe=recipe, **asked)
    assert {row.pk: row.job_id for row in rows.all()} == before
    # Evaluated on one of the two that it learns from: both are needed.
    recipe["loss_on"] = "answers"
    run = services.create_run(name="Answers", recipe=recipe, evaluated_on=[data.prose], **asked)
    again = [row for row in rows.all() if row.job_id != before[row.pk]]
    assert {row.version_id for row in again} == {data.prose.pk, data.code.pk}
    assert {row.job_id for row in again} <= set(run.job.after.values_list("pk", flat=True))
    for row in again:
        assert factories.done(row).artifact.meta["prompts"] == 0
    services.create_run(name="Answers again", recipe=recipe, **asked)
    assert {row.pk: row.job_id for row in rows.all()} == {row.pk: row.job_id for row in again}


def test_the_loss_on_answers_is_drawn_where_there_is_one(signed_in, study, alice):
    client = signed_in(alice)
    run = study.base
    address = reverse("runs:detail", args=[run.pk])
    assert "Loss on answers" not in client.get(address).content.decode()
    values = ([0, 9], [0, 900], [1.0, 2.0], [3.0, 2.5])
    metrics.append(run=run, batch={"eval/heldout/argparse/answer_loss": values})
    assert "Loss on answers" in client.get(address).content.decode()
    drawn = client.get(reverse("api:run-figure", args=[run.pk, "answer-loss"])).json()
    assert drawn["table"]["rows"] == [[0, 3.0], [900, 2.5]]
    other = reverse("api:run-figure", args=[run.pk, "evaluation-loss"])
    assert client.get(other, {"metric": "answer_loss"}).json()["table"] == drawn["table"]
    compared = client.get(reverse("comparisons:compare"), {"runs": str(run.pk), "metric": "answer_loss"})
    assert "Loss on answers" in compared.content.decode()


def test_over_the_api_they_are_part_of_the_recipe(signed_in, study, alice):
    address = reverse("api:project-runs", args=[study.project.pk])
    recipe = {"model": {"preset": "llama-1m"}, "loss_on": "answers", "attention": "within_samples"}
    body = {"name": "A", "version": str(study.mixed.pk), "recipe": recipe}
    assert signed_in(alice).post(address, json.dumps(body), "application/json").status_code == 201
    body["recipe"] = recipe | {"loss_on": "questions"}
    refused = signed_in(alice).post(address, json.dumps(body), "application/json")
    assert (refused.status_code, "recipe.loss_on" in refused.content.decode()) == (400, True)
