"""Evaluations as a large panel a domain, as small ones beside each other, or in one chart: the address says which."""

import pytest
from django.urls import reverse

from apps.runs.models import Run
from apps.shares import services as shares
from tests.apps.runs.builders import FALL, run_of


@pytest.fixture
def runs(project, alice):
    base = run_of(project, alice, "Base")
    seeds = [run_of(project, alice, f"Code alone, seed {seed}", base=base, seed=seed) for seed in (0, 1)]
    Run.objects.filter(pk=seeds[1].pk).update(version=seeds[0].version)
    return [*seeds, run_of(project, alice, "Replay", base=base, peak=2e-3)]


def query(runs, **more) -> dict:
    return {"runs": ",".join(str(run.pk) for run in runs), **more}


def shown(page) -> list[str]:
    return [panel["id"] for panel in page.context["panels"] if not panel["hidden"]]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"panels": "same"}, ["evaluation-0", "evaluation-1", "training"]),
        ({"panels": "one"}, ["evaluation-all", "training"]),
        ({"panels": "one", "metric": "bits_per_byte"}, ["evaluation-all"]),
        ({"panels": "one", "domain": "code"}, ["evaluation-1", "training"]),
        ({"panels": "one", "metric": "learning_rate"}, ["learning-rate"]),
    ],
)
def test_the_address_says_how_domains_are_laid_out(signed_in, alice, runs, asked, expected):
    assert shown(signed_in(alice).get(reverse("comparisons:compare"), query(runs, **asked))) == expected


def test_small_panels_share_a_legend_and_where_asked_a_scale(signed_in, alice, runs):
    client, address = signed_in(alice), reverse("api:compare-figure", args=["evaluation-loss"])
    drawn = {
        (panels, domain): client.get(address, query(runs, domain=domain, panels=panels)).json()["figure"]
        for panels in ("each", "own", "same")
        for domain in ("code", "prose")
    }
    assert [drawn[panels, "code"]["layout"]["showlegend"] for panels in ("each", "own", "same")] == [True, False, False]
    ranges = [drawn["same", domain]["layout"]["yaxis"]["autorangeoptions"] for domain in ("code", "prose")]
    assert ranges == [{"minallowed": 1.88, "maxallowed": 4.12}] * 2
    assert "autorangeoptions" not in drawn["own", "code"]["layout"]["yaxis"]
    log = client.get(address, query(runs, domain="code", panels="same", scale="log")).json()["figure"]["layout"][
        "yaxis"
    ]
    assert [round(10**value, 2) for value in log["range"]] == [1.88, 4.12]


def test_the_legend_names_what_the_lines_are(signed_in, alice, runs):
    client = signed_in(alice)
    each = client.get(reverse("comparisons:compare"), query(runs, panels="same"))
    names = [(0, "Code alone, seed 0"), (1, "Code alone, seed 1"), (2, "Replay")]
    assert each.context["legend"] == [("", names)]
    mean = client.get(reverse("comparisons:compare"), query(runs, panels="same", seeds="mean"))
    means = [(0, "Code alone, mean of 2 runs"), (2, "Replay")]
    assert mean.context["legend"] == [("", means), ("Training loss", names)]
    assert "recovery" in each.context["marks"]
    assert mean.context["marks"] == ""


def test_a_new_choice_of_seeds_changes_the_legend_and_no_chart(signed_in, alice, runs, htmx):
    text = (
        signed_in(alice)
        .get(reverse("comparisons:compare"), query(runs, panels="same", seeds="mean"), headers=htmx)
        .text
    )
    assert 'id="legend" hx-swap-oob="true"' in text
    assert "mean of 2 runs</li>" in text
    assert "data-figure" not in text


def test_one_domain_has_nothing_to_lay_out(signed_in, project, alice):
    runs = [run_of(project, alice, name, losses={"code": FALL}) for name in ("One", "Two")]
    page = signed_in(alice).get(reverse("comparisons:compare"), query(runs, panels="one"))
    assert shown(page) == ["evaluation-0", "training"]
    assert 'name="panels"' not in page.text


def test_visitors_choose_it_and_the_file_keeps_it(client, project, alice, runs):
    _, url = shares.create_share(
        project=project, title="T", runs=[run.pk for run in runs], view={"panels": "same"}, by=alice
    )
    page = client.get(url[url.index("/s/") :], follow=True)
    assert 'data-layout="same"' in page.text
    where = page.request["PATH_INFO"]
    other = client.get(f"{where}?panels=one")
    assert shown(other) == ["evaluation-all", "training"]
    address = next(panel["url"] for panel in page.context["panels"] if panel["id"] == "evaluation-0")
    assert client.get(address).json()["figure"]["layout"]["showlegend"] is False
    assert 'data-layout="one"' in client.get(f"{where}comparison.html?panels=one").text
