import uuid

import pytest
from django.urls import reverse

from tests.apps.runs.builders import run_of

READS = ["run", "job", "project", "comparison", "run-series", "run-figure"]


@pytest.fixture
def made(project, alice):
    """{name of an endpoint with an id: its address}, of Alice's project."""
    from apps.comparisons.services import save_comparison

    run = run_of(project, alice)
    saved = save_comparison(project=project, name="Saved", runs=[run.pk], by=alice)
    return {
        "run": reverse("api:run", args=[run.pk]),
        "job": reverse("api:job", args=[run.job_id]),
        "project": reverse("api:project", args=[project.pk]),
        "comparison": reverse("api:comparison", args=[saved.pk]),
        "run-series": reverse("api:run-series", args=[run.pk]) + "?names=train/loss",
        "run-figure": reverse("api:run-figure", args=[run.pk, "training-loss"]),
        "compare-figure": reverse("api:compare-figure", args=["evaluation-loss"]) + f"?runs={run.pk}",
        "compare-table": reverse("api:compare-table") + f"?runs={run.pk}",
        "compare-diagnostics": reverse("api:compare-diagnostics") + f"?runs={run.pk}",
    }


def test_members_read_and_strangers_find_nothing(client, made, alice, vera, charlie):
    for user, status in ((alice, 200), (vera, 200), (charlie, 404)):
        client.force_login(user)
        assert {name: client.get(url).status_code for name, url in made.items()} == dict.fromkeys(made, status)


def test_the_signed_out_get_a_problem(client, made):
    for url in made.values():
        answer = client.get(url)
        assert answer.status_code == 401
        assert answer["Content-Type"].startswith("application/problem+json")


def test_lists_hold_only_what_one_may_see(client, made, alice, charlie):
    for name in ("runs", "projects", "comparisons"):
        for user, count in ((alice, 1), (charlie, 0)):
            client.force_login(user)
            assert client.get(reverse(f"api:{name}")).json()["count"] == count


def test_runs_are_filtered_by_project(client, made, alice, project):
    client.force_login(alice)
    for asked, count in ((project.pk, 1), (uuid.uuid4(), 0), ("nonsense", 0)):
        assert client.get(reverse("api:runs"), {"project": asked}).json()["count"] == count


def test_queries_of_the_list_do_not_grow(client, made, alice, project, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(alice)
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("api:runs"))
    for i in range(4):
        run_of(project, alice, f"Run {i}")
    with django_assert_num_queries(len(queries)):
        client.get(reverse("api:runs"))


def test_series_come_as_arrays(client, made, alice):
    client.force_login(alice)
    series = client.get(made["run-series"]).json()["train/loss"]
    assert (series["shown"], series["total"], len(series["tokens"]), series["values"][0]) == (50, 50, 50, 4.0)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "names"),
        ("?names=a&max_points=2", "max_points"),
        ("?names=a&axis=time", "axis"),
        ("?names=a&start=x", "start"),
    ],
)
def test_a_bad_question_names_its_field_in_a_problem(client, made, alice, query, field):
    client.force_login(alice)
    answer = client.get(made["run-series"].split("?")[0] + query)
    problem = answer.json()
    assert answer["Content-Type"].startswith("application/problem+json")
    assert (answer.status_code, problem["status"], problem["title"], problem["field"]) == (
        400,
        400,
        "Bad Request",
        field,
    )
    assert problem["detail"].endswith(".")


def test_a_figure_that_did_not_change_costs_a_304(client, made, alice):
    client.force_login(alice)
    first = client.get(made["run-figure"])
    assert first["Cache-Control"] == "private, no-cache"
    again = client.get(made["run-figure"], headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(made["run-figure"], headers={"If-None-Match": '"old"'}).status_code == 200


def test_an_unknown_figure_is_404(client, made, alice):
    client.force_login(alice)
    assert client.get(made["run-figure"].replace("training-loss", "tea-leaves")).status_code == 404


def test_a_run_tells_its_document_phases_and_certificate(client, made, alice):
    client.force_login(alice)
    run = client.get(made["run"]).json()
    assert run["document"]["recipe"]["batch_size"] == 16
    assert run["phases"] == [{"name": "main", "start": 0, "stop": 400}]
    assert run["certificate"]["state"] == "equal"
