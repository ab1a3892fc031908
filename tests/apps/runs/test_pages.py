import csv
import io

import pytest
import yaml
from django.urls import reverse

from apps.jobs.models import Status
from apps.runs.models import Run
from apps.runs.selectors import shifts_of, verdict_of
from tests.apps.runs.builders import run_of


def test_a_run_page_is_for_members(client, project, alice, vera, charlie):
    run = run_of(project, alice)
    pages = [reverse(f"runs:{name}", args=[run.pk]) for name in ("detail", "yaml", "metrics")]
    pages.append(reverse("runs:list", args=[project.pk]))
    for user, status in ((alice, 200), (vera, 200), (charlie, 404)):
        client.force_login(user)
        assert {client.get(page).status_code for page in pages} == {status}
    client.logout()
    assert {client.get(page).status_code for page in pages} == {302}


def test_the_page_says_what_was_trained_and_that_it_consumed_what_was_planned(client, project, alice):
    base = run_of(project, alice, "Base of all")
    client.force_login(alice)
    text = client.get(reverse("runs:detail", args=[run_of(project, alice, base=base, seed=7).pk])).content.decode()
    for said in ("Code alone", "version 2", "Base of all", "Consumed = planned in all 4 steps", "16 × 128 tokens"):
        assert said in text
    assert text.count("data-figure=") == 4


def test_a_run_that_waits_says_its_place(client, project, alice):
    _, second = (run_of(project, alice, name, losses={}, status=Status.QUEUED) for name in ("One", "Two"))
    client.force_login(alice)
    text = client.get(reverse("runs:detail", args=[second.pk])).content.decode()
    assert "place 2 in the" in text


def test_a_first_difference_is_named_by_its_step(project, alice):
    run = run_of(project, alice)
    run.certificate = {"steps": 40, "matches": False, "first_difference": 17}
    verdict = verdict_of(run)
    assert verdict["state"] == "different"
    assert "17" in verdict["sentence"]
    run.certificate = {}
    assert verdict_of(run)["state"] == "pending"


@pytest.mark.parametrize(
    ("based", "phases", "expected"),
    [
        (True, (("a", 400),), [0]),
        (False, (("a", 400),), []),
        (True, (("a", 100), ("b", 50)), [0, 100]),
        (False, (("a", 100), ("b", 50)), [100]),
    ],
)
def test_the_diet_shifts_where_a_base_ends_and_where_phases_start(project, alice, based, phases, expected):
    base = run_of(project, alice, "Base") if based else None
    assert shifts_of(run_of(project, alice, base=base, phases=phases)) == expected


def test_a_viewer_has_no_cancel_button(client, project, alice, bob, vera):
    run = run_of(project, alice, status="running")
    for user, shown in ((bob, True), (vera, False)):
        client.force_login(user)
        text = client.get(reverse("runs:detail", args=[run.pk])).content.decode()
        assert (reverse("jobs:cancel", args=[run.job_id]) in text) is shown


def test_the_live_part_asks_again_until_the_job_is_over(client, project, alice):
    client.force_login(alice)
    for status, polls in (("running", True), ("queued", True), ("succeeded", False)):
        run = run_of(project, alice, status=status)
        text = client.get(reverse("runs:detail", args=[run.pk]), headers={"HX-Request": "true"}).content.decode()
        assert text.lstrip().startswith('<div id="live"')
        assert ("data-poll" in text) is polls
        assert "data-figure" not in text


def test_a_run_that_ends_while_it_is_watched_shows_its_whole_page_anew(client, project, alice):
    client.force_login(alice)
    for status, anew in (("running", False), ("succeeded", True)):
        run = run_of(project, alice, status=status)
        piece = {"HX-Request": "true", "HX-Trigger": "live"}
        answer = client.get(reverse("runs:detail", args=[run.pk]), headers=piece)
        assert (answer.headers.get("HX-Refresh") == "true") is anew


def test_run_yaml_is_the_frozen_document(client, project, alice):
    run = run_of(project, alice)
    client.force_login(alice)
    answer = client.get(reverse("runs:yaml", args=[run.pk]))
    assert answer["Content-Disposition"] == 'attachment; filename="code-alone.yaml"'
    assert yaml.safe_load(answer.content)["recipe"]["schedules"][0]["peak"] == 0.001
    Run.objects.filter(pk=run.pk).update(document="")
    assert client.get(reverse("runs:yaml", args=[run.pk])).status_code == 404


def test_metrics_come_whole_as_csv_and_harmless(client, project, alice):
    run = run_of(project, alice, train_points=3_000, losses={"=danger": [1.0, 2.0]})
    client.force_login(alice)
    answer = client.get(reverse("runs:metrics", args=[run.pk]))
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert rows[0] == ["metric", "step", "tokens", "time", "value"]
    assert sum(row[0] == "train/loss" for row in rows) == 3_000
    assert ["eval/heldout/=danger/loss", "1", "100", "1001.000", "2.0"] in rows


def test_the_list_is_searched_and_its_queries_do_not_grow(client, project, alice, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(alice)
    page = reverse("runs:list", args=[project.pk])
    run_of(project, alice, "First")
    client.get(page)
    with CaptureQueriesContext(connection) as queries:
        client.get(page)
    for i in range(5):
        run_of(project, alice, f"Again {i}")
    with django_assert_num_queries(len(queries)):
        assert client.get(page).content.decode().count('name="runs"') == 6
    assert client.get(page, {"q": "first"}).content.decode().count('name="runs"') == 1
    assert "No run has this" in client.get(page, {"q": "nothing like it"}).content.decode()
