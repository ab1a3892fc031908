"""Studies in the browser and over the API."""

import pytest
from django.urls import reverse

from apps.jobs.models import Job, Status
from apps.runs.models import Run
from apps.studies import services
from apps.studies.models import Study
from tests.apps import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(study):
    return reverse("studies:new", args=[study.project.pk])


@pytest.fixture
def asked(study):
    return {
        "base": str(study.base.pk),
        "dataset": str(study.code.pk),
        "tokens": 24_000,
        "rates": [0, 0.25],
        "seeds": [0, 1],
        "recipe_of": str(study.arms[0].pk),
    }


def sent(answer, **changes) -> dict:
    """What a browser would send of a page's form."""
    form = answer.context["form"]
    return {field.html_name: field.value() for field in form if field.value()} | {"kind": "replay"} | changes


def test_a_form_that_is_sent_as_it_stands_runs_the_study_and_opens_its_comparison(study, page, signed_in, bob):
    client = signed_in(bob)
    answer = client.post(page, sent(client.get(page), base=str(study.base.pk)), follow=True)
    made = Study.objects.get()
    assert answer.redirect_chain[0][0] == reverse("comparisons:detail", args=[made.comparison_id])
    assert (made.params["rates"], made.params["seeds"], made.params["tokens"]) == (
        [0, 0.125, 0.25, 0.5],
        [1, 2, 3],
        200_000,
    )
    assert (len(made.cells), made.created_by) == (15, bob)
    assert "15 runs are queued." in answer.text
    assert "What did going on with" in answer.text


def test_the_forecast_follows_what_is_typed_and_writes_nothing(study, page, asked, signed_in, alice, htmx):
    client = signed_in(alice)
    typed = asked | {"rates": "0, 25", "seeds": "0-1", "update": "forecast", "kind": "replay"}
    text = client.post(page, typed, headers=htmx).text
    assert text.lstrip().startswith('<div id="forecast"')
    assert '<dt>Runs to train</dt><dd class="num">5</dd><dt>There already</dt><dd class="num">1</dd>' in text
    assert "1 to train, 1 there" in text
    assert "tokens a second, as measured in 4 finished runs" in text
    wrong = client.post(page, typed | {"rates": "0, much"}, headers=htmx).text
    assert "<b>Replayed.</b> Per cents are numbers" in wrong
    assert "fewer than one step" in client.post(page, typed | {"tokens": "5"}, headers=htmx).text
    assert not Study.objects.exists()


def test_a_mistake_is_said_at_its_field_and_nothing_is_lost(study, page, asked, signed_in, alice):
    typed = asked | {"rates": "0, 100", "seeds": "0-1", "kind": "replay", "question": "What I wrote"}
    answer = signed_in(alice).post(page, typed)
    assert list(answer.context["form"].errors) == ["rates"]
    assert "What I wrote" in answer.text and "Nothing is queued yet" in answer.text
    assert not Study.objects.exists()


@pytest.mark.parametrize("kind", ["replay", "orders", "strategies"])
def test_more_tokens_than_a_budget_holds_are_a_mistake_at_their_field(study, page, signed_in, alice, kind):
    client = signed_in(alice)
    study.ratio.artifact.meta["higher_means"] = "harder"
    study.ratio.artifact.save(update_fields=["meta"])
    typed = sent(client.get(page, {"kind": kind}), kind=kind, tokens="1" + 400 * "0")
    answer = client.post(page, typed)
    assert answer.context["form"].errors["tokens"] == ["Ensure this value is less than or equal to 1000000000000000."]
    assert ("Tokens a run", answer.context["form"].errors["tokens"][0]) in answer.context["mistakes"]


def test_a_trained_runs_page_leads_to_a_study_that_goes_on_from_it(study, page, signed_in, alice, vera):
    client = signed_in(alice)
    address = f"{page}?base={study.arms[1].pk}"
    run = reverse("runs:detail", args=[study.arms[1].pk])
    assert address in client.get(run).text
    answer = client.get(address)
    assert answer.context["form"]["base"].value() == str(study.arms[1].pk)
    assert "Prose, then code + 25 % prose again" in answer.context["forecast"].arms[-1].name
    assert address not in signed_in(vera).get(run).text


def test_a_project_without_a_trained_run_says_where_to_begin(project, alice, signed_in):
    text = signed_in(alice).get(reverse("studies:new", args=[project.pk])).text
    assert "this project has none yet" in text and reverse("runs:list", args=[project.pk]) in text
    assert signed_in(alice).get(reverse("studies:new", args=[project.pk]), {"kind": "other"}).status_code == 404


def test_the_list_says_how_far_each_is_and_makes_what_is_missing(study, asked, signed_in, alice, vera, htmx):
    client, address = signed_in(alice), reverse("studies:list", args=[study.project.pk])
    assert "No study has been run" in client.get(address).text
    client.post(
        reverse("api:project-studies", args=[study.project.pk]), {"kind": "replay", "params": asked}, "application/json"
    )
    made = Study.objects.get()
    text = client.get(address).text
    assert "1 of 6 runs are finished, about 31 min 15 s left" in text and 'data-poll="5"' in text
    assert reverse("comparisons:detail", args=[made.comparison_id]) in text
    assert "Make what is missing" not in text
    Job.objects.filter(run__pk__in=[made.cells[0]["run"], made.cells[1]["run"]]).update(status=Status.CANCELLED)
    Run.objects.get(pk=made.cells[1]["run"]).delete()
    text = client.get(address, headers=htmx).text
    assert "2 failed, were cancelled or are gone" in text
    answer = client.post(reverse("studies:again", args=[made.pk]), follow=True)
    assert "2 runs are queued; 4 were there already." in answer.text
    assert "Make what is missing" not in answer.text
    assert "New study" not in signed_in(vera).get(address).text
    assert reverse("studies:list", args=[study.project.pk]) in client.get(f"/projects/{study.project.pk}/").text


def test_cancelling_a_study_leaves_what_is_trained_and_says_what_another_asked_for(
    study, asked, signed_in, alice, vera
):
    made = services.run_study(project=study.project, kind="replay", params=asked, by=alice)[0]
    other = services.run_study(project=study.project, kind="replay", params=asked | {"rates": [0.0]}, by=alice)[0]
    address, listed = reverse("studies:cancel", args=[made.pk]), reverse("studies:list", args=[study.project.pk])
    assert address in signed_in(alice).get(listed).text and address not in signed_in(vera).get(listed).text
    assert signed_in(vera).post(address).status_code == 403
    assert signed_in(vera).post(reverse("api:study-cancel", args=[made.pk])).status_code == 403
    shared = {cell["run"] for cell in made.cells} & {cell["run"] for cell in other.cells}
    text = signed_in(alice).post(address, follow=True).text
    states = {str(run.pk): run.job.status for run in Run.objects.filter(pk__in=[cell["run"] for cell in made.cells])}
    assert sorted(states.values()) == ["cancelled"] * 5 + ["succeeded"]
    assert f"5 runs are cancelled. Another study asked for {len(shared) - 1} of them, too" in text
    read = signed_in(alice).post(reverse("api:study-cancel", args=[other.pk])).json()
    assert [row["status"] for row in read["runs"]].count("queued") == 0
    assert address not in signed_in(alice).get(listed).text


def test_the_list_costs_the_same_for_many_studies(study, asked, signed_in, alice, django_assert_max_num_queries):
    for n in range(5):
        made = factories.study_of(study, alice)
        Study.objects.filter(pk=made.pk).update(params=made.params | {"tokens": n})
    client = signed_in(alice)
    with django_assert_max_num_queries(12):
        assert client.get(reverse("studies:list", args=[study.project.pk])).status_code == 200


def test_the_api_forecasts_makes_once_and_reads(study, asked, signed_in, alice):
    client = signed_in(alice)
    address = reverse("api:project-studies", args=[study.project.pk])
    body = {"kind": "replay", "params": asked}
    said = client.post(reverse("api:studies-forecast", args=[study.project.pk]), body, "application/json")
    assert (said.status_code, said.json()["made"], said.json()["there"]) == (200, 5, 1)
    assert not Study.objects.exists()
    first = client.post(address, body | {"name": "Ours"}, "application/json")
    again = client.post(address, body, "application/json")
    assert [(a.status_code, a.json()["queued"], a.json()["name"]) for a in (first, again)] == [
        (201, 5, "Ours"),
        (200, 0, "Ours"),
    ]
    read = client.get(reverse("api:study", args=[first.json()["id"]])).json()
    assert (read["total"], read["done"], read["failed"]) == (6, 1, 0)
    assert [row["status"] for row in read["runs"]].count("queued") == 5
    assert client.get(address).json()["results"] == [read]
    wrong = client.post(address, {"kind": "replay", "params": asked | {"rates": [2]}}, "application/json")
    assert (wrong.status_code, wrong.json()["field"]) == (400, "params.rates")
