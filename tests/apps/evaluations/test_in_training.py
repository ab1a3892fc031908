"""Suites that a run is asked while it trains: chosen in the form and over the API, frozen in its document, read by its worker."""

import importlib
import json

import pytest
from django.urls import reverse

from apps.runs import services
from apps.runs.models import Run
from apps.trash import services as trash
from apps.trash.kinds import KINDS
from gradatim.errors import UserError
from tests.apps import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def suite(study, alice):
    return factories.suite(study.project, alice)


def form_of(client, study):
    """The form as its page gives it, filled in."""
    form = client.get(reverse("runs:new", args=[study.project.pk]), {"version": study.mixed.pk}).context["form"]
    data = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in data.items() if value not in (None, False)} | {"drawn_for": study.mixed.pk}


def test_a_run_asked_in_the_browser_has_its_suites_in_its_document(study, suite, alice, signed_in):
    client = signed_in(alice)
    address = reverse("runs:new", args=[study.project.pk])
    assert "sums: 25 questions" in client.get(address).content.decode()
    asked = form_of(client, study) | {"name": "Asked", "suites": [suite.pk], "evaluation.suites_every": "25"}
    assert client.post(address, asked).status_code == 302
    run = Run.objects.get(name="Asked")
    assert run.recipe["evaluation"]["suites_every"] == 25
    factories.done(run.plan) if not run.plan.artifact_id else None
    work = importlib.import_module("workers.kinds.train").prepare(run.job)
    run.refresh_from_db()
    assert json.loads(run.document)["recipe"]["evaluation"]["suites"] == {"sums": suite.artifact.digest}
    assert suite.artifact in work.inputs
    again = client.get(address, {"clone": run.pk}).context["form"]
    assert again["suites"].value() == [str(suite.pk)]


def test_a_run_without_suites_is_written_as_before_there_were_any(study, suite, alice, signed_in):
    client = signed_in(alice)
    asked = form_of(client, study) | {"name": "Plain"}
    assert client.post(reverse("runs:new", args=[study.project.pk]), asked).status_code == 302
    run = Run.objects.get(name="Plain")
    assert "suites_every" not in run.recipe["evaluation"]
    services.freeze_run(run=run)
    run.refresh_from_db()
    assert "suites" not in json.loads(run.document)["recipe"]["evaluation"]


def test_the_api_takes_suites_of_the_own_project_alone(study, suite, alice, signed_in):
    client, address = signed_in(alice), f"/api/v1/projects/{study.project.pk}/runs/"
    recipe = {"model": {"preset": "llama-1m"}, "schedules": [{"peak": 1e-3}], "evaluation": {"suites_every": 10}}
    asked = {"name": "By API", "version": str(study.mixed.pk), "recipe": recipe, "suites": [str(suite.pk)]}
    made = client.post(address, asked, content_type="application/json")
    assert made.status_code == 201, made.content
    assert list(Run.objects.get(name="By API").suites.all()) == [suite]
    strange = factories.suite(factories.ProjectFactory(), alice)
    refused = client.post(address, asked | {"suites": [str(strange.pk)]}, content_type="application/json")
    assert refused.status_code == 400


def test_a_suite_that_a_waiting_run_is_asked_stays_out_of_the_trash(study, suite, alice):
    recipe = {"model": {"preset": "llama-1m"}, "schedules": [{"peak": 1e-3}]}
    services.create_run(name="Waits", version=study.mixed, recipe=recipe, seed=3, by=alice, suites=[suite])
    with pytest.raises(UserError, match="still needed"):
        trash.put(kind=KINDS["suite"], row=suite, by=alice)


def test_what_a_run_answered_is_drawn_and_told_beside_its_losses(study, suite, alice, signed_in):
    run = study.arms[0]
    run.suites.set([suite])
    factories.evaluation(run, [suite], alice, {"accuracy": 0.75, "accuracy_normalised": 0.5})
    client = signed_in(alice)
    page = client.get(reverse("runs:detail", args=[run.pk]))
    assert "Questions of sums" in page.content.decode()
    (address,) = [figure["url"] for figure in page.context["figures"] if "questions" in figure["id"]]
    drawn = client.get(address).json()
    assert "large went from 0.75 to 0.75" in drawn["reading"]
    assert drawn["figure"]["layout"]["yaxis"]["title"]["text"] == "Share answered rightly"
    assert client.get(address.replace("measure=accuracy", "measure=other")).status_code == 400


def test_a_suite_on_a_domain_is_the_task_of_that_domains_loss(study, alice):
    from apps.metrics import services as metrics
    from apps.runs.series import evaluations

    run = study.arms[0]
    domain = next(iter(evaluations([run])[0][run.pk]))
    assert not len(evaluations([run])[0][run.pk][domain].accuracy.tokens)
    metrics.append(run=run, batch={f"eval/sums/{domain}/accuracy": ([1], [256], [0.0], [0.5])})
    assert evaluations([run])[0][run.pk][domain].accuracy.value.tolist() == [0.5]


def test_a_suite_called_as_the_held_out_losses_is_refused_at_once(study, suite, alice):
    recipe = {"model": {"preset": "llama-1m"}, "schedules": [{"peak": 1e-3}], "evaluation": {"suite": "sums"}}
    with pytest.raises(UserError) as caught:
        services.create_run(name="No", version=study.mixed, recipe=recipe, seed=3, by=alice, suites=[suite])
    assert caught.value.field == "suites"


def test_a_metric_that_names_no_domain_is_no_task(study):
    from apps.metrics import services as metrics
    from apps.runs.series import evaluations

    run = study.arms[0]
    metrics.append(run=run, batch={"eval/total": ([1], [256], [0.0], [0.5])})
    assert evaluations([run])[0][run.pk]
