import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Project, Role
from apps.jobs.models import Job, Status
from tests.apps import factories

pytestmark = pytest.mark.django_db


def test_whoever_makes_a_project_owns_it(signed_in, charlie):
    answer = signed_in(charlie).post(reverse("accounts:new"), {"name": "Mine", "description": "Why?"})
    made = Project.objects.visible_to(charlie).get(name="Mine")
    assert answer.headers["Location"] == reverse("accounts:project", args=[made.pk])
    assert made.memberships.get().role == Role.OWNER


def test_a_project_without_a_name_is_refused_at_its_field_and_nothing_is_lost(signed_in, charlie):
    page = (
        signed_in(charlie).post(reverse("accounts:new"), {"name": "", "description": "Why does it?"}).content.decode()
    )
    assert "This field is required." in page
    assert "Why does it?" in page


def test_an_empty_project_says_what_each_thing_is(signed_in, alice, project):
    page = signed_in(alice).get(f"/projects/{project.pk}/").content.decode()
    for sentence in ("Where to begin", "Everything else starts from one", "what orders sort by", "Train and compare"):
        assert sentence in page
    assert reverse("datasets:register", args=[project.pk]) in page
    assert "data-poll" not in page.partition("<main")[2]


def test_a_project_shows_what_it_holds_and_leads_to_the_comparison(signed_in, vera, study):
    page = signed_in(vera).get(f"/projects/{study.project.pk}/").content.decode()
    assert "What did the shift to new data cost" in page
    for name in ("Standard library code", "Base mixture", "Compression ratio", "Code alone"):
        assert name in page
    assert "vera" in page


def test_the_first_page_asks_again_every_two_seconds_while_a_job_runs_and_every_ten_while_one_waits(
    signed_in, alice, data, htmx
):
    jobs = factories.under_way(data, alice)
    address = f"/projects/{data.project.pk}/"
    page = signed_in(alice).get(address).content.decode()
    assert 'data-poll="2"' in page
    assert "140 of 300 steps" in page
    assert "1 min 02 s left" in page
    assert "The device ran out of memory." in page
    piece = signed_in(alice).get(address, headers=htmx).content.decode()
    assert piece.strip().startswith('<div id="live"')
    assert "<html" not in piece
    Job.objects.filter(pk=jobs["running"].pk).update(status=Status.SUCCEEDED)
    assert 'data-poll="10"' in signed_in(alice).get(address, headers=htmx).content.decode()
    Job.objects.filter(status=Status.QUEUED).update(status=Status.CANCELLED)
    assert "data-poll" not in signed_in(alice).get(address, headers=htmx).content.decode()


def test_restoring_history_gets_the_whole_page(signed_in, alice, project, htmx):
    answer = signed_in(alice).get(f"/projects/{project.pk}/", headers={**htmx, "HX-History-Restore-Request": "true"})
    assert "<html" in answer.content.decode()
    assert "HX-Request" in answer.headers["Vary"]


def test_lists_cost_the_same_number_of_queries_however_long_they_are(signed_in, alice, data):
    client, key = signed_in(alice), data.project.pk
    addresses = ["/", f"/projects/{key}/"]
    addresses += [f"/projects/{key}/{name}/" for name in ("datasets", "scores", "curricula", "runs", "jobs")]

    def costs():
        return {address: queries_of(client, address) for address in addresses}

    factories.under_way(data, alice)
    add_one_of_each(data, alice, "first")
    before = costs()
    assert max(before.values()) <= 21
    for name in ("second", "third"):
        add_one_of_each(data, alice, name)
    factories.under_way(data, alice)
    factories.ProjectFactory(members={alice: Role.OWNER})
    assert costs() == before


def queries_of(client, address) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def add_one_of_each(data, by, name):
    """A dataset, a score set, a curriculum and a run (their jobs wait), and a comparison of that run."""
    project, source = data.project, {"kind": "file", "path": "x.jsonl"}
    factories.datasets.import_dataset(project=project, name=name, source=source, by=by)
    factories.scores.create_score_set(version=data.prose, method="length", name=name, by=by)
    only = factories.phase("main", {"prose": data.prose}, {"prose": 1})
    version = factories.curriculum(project, by, name, data.tokenizer, [only])
    recipe = {"model": {"preset": "llama-1m"}}
    run = factories.runs.create_run(name=name, version=version, recipe=recipe, seed=0, by=by)
    factories.Comparison.objects.create(project=project, name=name, runs=[str(run.pk)])


def test_whoever_comes_to_register_a_dataset_is_led_on_from_the_new_project_to_its_page(alice, signed_in):
    client = signed_in(alice)
    assert "its first dataset" in client.get(reverse("accounts:new") + "?then=dataset").text
    led = client.post(reverse("accounts:new") + "?then=dataset", {"name": "Mathematics"})
    made = Project.objects.get(name="Mathematics")
    assert led.url == reverse("datasets:register", args=[made.pk])
