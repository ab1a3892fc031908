"""Stars are a person's own; the baseline is the project's."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.runs import marks
from apps.runs.models import Run
from tests.apps.runs.builders import run_of


@pytest.fixture
def runs(project, alice):
    return [run_of(project, alice, name, seed=seed) for seed, name in enumerate(("First", "Second", "Third"))]


def shown(client, project, **query):
    return [
        (line.run.name, line.starred)
        for line in client.get(reverse("runs:list", args=[project.pk]), query).context["page"]
    ]


def test_everybody_stars_for_themselves_and_takes_it_back(signed_in, project, runs, alice, vera, charlie):
    address = reverse("runs:star", args=[runs[1].pk])
    assert signed_in(charlie).post(address, {"starred": "yes"}).status_code == 404
    client = signed_in(vera)
    for _ in range(2):
        client.post(address, {"starred": "yes"})
    assert shown(client, project, starred="yes") == [("Second", True)]
    assert shown(client, project, sort="name") == [("First", False), ("Second", True), ("Third", False)]
    assert shown(signed_in(alice), project, starred="yes") == []
    assert "a star of yours" in client.get(reverse("runs:list", args=[project.pk]), {"starred": "yes"}).content.decode()
    signed_in(vera).post(address, {"starred": ""})
    assert shown(client, project, starred="yes") == []


def test_htmx_gets_the_star_alone_and_others_go_back_to_where_they_were(signed_in, project, runs, alice, htmx):
    client, address = signed_in(alice), reverse("runs:star", args=[runs[0].pk])
    piece = client.post(address, {"starred": "yes"}, headers=htmx).content.decode()
    assert piece.startswith("<button") and 'aria-pressed="true"' in piece
    there = reverse("runs:list", args=[project.pk]) + "?sort=name"
    assert client.post(address, {"next": there}).headers["Location"] == there
    for elsewhere in ("https://elsewhere.example/", "//elsewhere.example"):
        assert client.post(address, {"next": elsewhere}).headers["Location"] == reverse(
            "runs:detail", args=[runs[0].pk]
        )


@pytest.mark.parametrize("sort", ["name", "-name", "last:code", "-last:code", "seed", "took"])
def test_the_baseline_stands_on_top_whatever_the_sort(signed_in, project, runs, alice, sort):
    marks.pin_baseline(run=runs[1], pinned=True)
    assert shown(signed_in(alice), project, sort=sort)[0] == ("Second", False)


def test_editors_pin_one_baseline_and_take_it_away(signed_in, project, runs, bob, vera, htmx):
    address = [reverse("runs:baseline", args=[run.pk]) for run in runs]
    assert signed_in(vera).post(address[0], {"pinned": "yes"}).status_code == 403
    client = signed_in(bob)
    for one in address[:2]:
        answer = client.post(one, {"pinned": "yes"}, headers=htmx)
        assert answer.headers["HX-Trigger"] == "rows-changed"
    assert [run.name for run in Run.objects.filter(is_baseline=True)] == ["Second"]
    client.post(address[1])
    assert not Run.objects.filter(is_baseline=True).exists()


def test_two_baselines_of_a_project_are_impossible_even_with_the_trash(runs):
    marks.pin_baseline(run=runs[0], pinned=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.filter(pk=runs[1].pk).update(is_baseline=True)
    Run.objects.filter(pk=runs[0].pk).update(trashed_at="2026-01-01T00:00Z")
    marks.pin_baseline(run=runs[1], pinned=True)
    assert not Run.with_trash.get(pk=runs[0].pk).is_baseline


def test_a_comparison_that_holds_the_baseline_measures_against_it(signed_in, runs, alice):
    marks.pin_baseline(run=runs[1], pinned=True)
    client, names = signed_in(alice), ",".join(str(run.pk) for run in runs)
    page = reverse("comparisons:compare")
    assert client.get(page, {"runs": names}).context["view"].baseline == 2
    assert client.get(page, {"runs": names, "baseline": "0"}).context["view"].baseline == 0
    assert client.get(page, {"runs": names, "baseline": "3"}).context["view"].baseline == 3
    assert client.get(page, {"runs": f"{runs[0].pk},{runs[2].pk}"}).context["view"].baseline == 0


def test_stars_and_the_baseline_over_the_api(signed_in, project, runs, vera, bob):
    star, baseline = (reverse(f"api:run-{what}", args=[runs[0].pk]) for what in ("star", "baseline"))
    client = signed_in(vera)
    assert client.put(star).status_code == 204
    assert marks.starred_of(user=vera) == {runs[0].pk}
    assert client.delete(star).status_code == 204
    assert not marks.starred_of(user=vera)
    assert client.put(baseline).status_code == 403
    client = signed_in(bob)
    assert client.put(baseline).status_code == 204
    assert client.get(reverse("api:run", args=[runs[0].pk])).json()["is_baseline"] is True
    assert client.delete(baseline).status_code == 204
    assert not Run.objects.filter(is_baseline=True).exists()
