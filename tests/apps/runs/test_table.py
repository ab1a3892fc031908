"""The table of runs: filters, sorting and columns are in its address."""

import pytest
from django.urls import reverse

from apps.jobs.models import Job
from apps.runs.models import Run
from tests.apps.runs.builders import run_of


@pytest.fixture
def runs(project, alice):
    made = [
        run_of(project, alice, "First", losses={"code": [3.0, 2.0, 2.5], "prose": [3.0, 4.0]}, seed=2),
        run_of(project, alice, "Second", losses={"code": [3.0, 2.2]}, seed=1),
        run_of(project, alice, "Third", losses={}, seed=3, phases=(("other", 400),), status="running"),
    ]
    Run.objects.filter(name="First").update(tags=["replay", "talk"], notes="A long night")
    return made


def names(client, project, **query) -> list[str]:
    answer = client.get(reverse("runs:list", args=[project.pk]), query)
    return [line.run.name for line in answer.context["page"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["Third", "Second", "First"]),
        ({"sort": "name"}, ["First", "Second", "Third"]),
        ({"sort": "-seed"}, ["Third", "First", "Second"]),
        ({"sort": "last:code"}, ["Second", "First", "Third"]),
        ({"sort": "best:code"}, ["First", "Second", "Third"]),
        ({"sort": "-best:code"}, ["Second", "First", "Third"]),
        ({"sort": "nothing"}, ["Third", "Second", "First"]),
        ({"status": "running"}, ["Third"]),
        ({"status": "unheard-of"}, ["Third", "Second", "First"]),
        ({"tag": "talk"}, ["First"]),
        ({"tag": "tal"}, []),
        ({"q": "night"}, ["First"]),
        ({"q": "OTHER"}, ["Third"]),
        ({"curriculum": "no id"}, ["Third", "Second", "First"]),
    ],
)
def test_the_address_says_which_runs_in_which_order(signed_in, project, alice, runs, query, expected):
    assert names(signed_in(alice), project, **query) == expected


def test_a_curriculum_is_a_filter(signed_in, project, alice, runs):
    assert names(signed_in(alice), project, curriculum=runs[2].version.curriculum_id) == ["Third"]


def test_columns_are_chosen_and_losses_shown_by_domain(signed_in, project, alice, runs):
    client = signed_in(alice)
    page = reverse("runs:list", args=[project.pk])
    shown = client.get(page).context["shown"]
    assert {"last:code", "last:prose", "state"} <= shown
    assert "best:code" not in shown
    answer = client.get(page, {"columns": ["best:code", "tokens", "model", "tags", "took", "gone"], "sort": "name"})
    assert answer.context["shown"] == {"best:code", "tokens", "model", "tags", "took"}
    first = answer.context["page"].object_list[0]
    assert first.values == {"best:code": 2.0, "tokens": 400, "model": "llama-1m"}
    text = answer.content.decode()
    assert "sort=-name" in text
    assert text.count("columns=best%3Acode") >= 3


@pytest.mark.parametrize("chosen", [[], ["best:code", "last:code", "tokens", "model", "base", "tags"]])
def test_queries_do_not_grow_with_the_runs_whatever_is_shown(
    signed_in, project, alice, django_assert_num_queries, chosen
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(alice)
    page = reverse("runs:list", args=[project.pk])
    query = {"columns": chosen, "sort": "last:code"}
    base = run_of(project, alice, "Base")
    run_of(project, alice, "One", base=base)
    client.get(page, query)
    with CaptureQueriesContext(connection) as queries:
        client.get(page, query)
    for i in range(5):
        run_of(project, alice, f"More {i}", base=base)
    with django_assert_num_queries(len(queries)):
        assert client.get(page, query).content.decode().count("data-row") == 7


def test_htmx_gets_the_rows_alone_and_they_ask_again_while_any_runs(signed_in, project, alice, runs, htmx):
    client = signed_in(alice)
    page = reverse("runs:list", args=[project.pk])
    text = client.get(page, headers=htmx).content.decode()
    assert text.lstrip().startswith('<div id="rows" data-poll')
    Job.objects.filter(pk=runs[2].job_id).update(status="cancelled")
    assert "data-poll" not in client.get(page, headers=htmx).content.decode()


def test_only_editors_are_offered_a_new_run(signed_in, project, runs, bob, vera):
    new = reverse("runs:new", args=[project.pk])
    page = reverse("runs:list", args=[project.pk])
    assert new in signed_in(bob).get(page).content.decode()
    assert new not in signed_in(vera).get(page).content.decode()


def test_seeds_of_one_setting_stand_on_one_line_with_mean_and_range(
    signed_in, project, alice, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    made = [
        run_of(project, alice, f"Seed {n}", seed=n, losses={"code": [3.0, loss]}) for n, loss in ((1, 2.0), (0, 3.0))
    ]
    Run.objects.filter(pk=made[1].pk).update(version=made[0].version)
    lonely = run_of(project, alice, "Lonely", peak=5e-3, losses={"code": [3.0, 1.0]})
    client = signed_in(alice)
    page = reverse("runs:list", args=[project.pk])
    query = {"group": "seeds", "sort": "last:code"}
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(page, query)
    groups = list(answer.context["page"])
    assert [[run.name for run in group.runs] for group in groups] == [["Lonely"], ["Seed 0", "Seed 1"]]
    spread = groups[1].spreads["last:code"]
    assert (spread.mean, spread.low, spread.high, spread.runs) == (2.5, 2.0, 3.0, 2)
    text = answer.content.decode()
    assert "2.000 to 3.000, 2 runs" in text
    assert "one run" in text
    assert f"runs={made[1].pk},{made[0].pk}" in text
    Run.objects.filter(pk=lonely.pk).update(version=made[0].version)
    run_of(project, alice, "Another", peak=6e-3)
    with django_assert_num_queries(len(queries)):
        client.get(page, query)


@pytest.mark.parametrize("key", ["q", "tag"])
def test_a_filter_that_no_text_can_hold_is_refused(client, project, alice, runs, key):
    client.force_login(alice)
    assert client.get(reverse("runs:list", args=[project.pk]), {key: "no such\x00thing"}).status_code == 400
