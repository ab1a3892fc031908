"""Metric and scale of a comparison are in its address; the share dialog names what becomes visible."""

import pytest
from django.urls import reverse

from apps.comparisons.latex import latex
from apps.runs import series
from apps.shares import services as shares
from tests.apps.runs.builders import run_of


@pytest.fixture
def runs(project, alice):
    base = run_of(project, alice, "Base")
    return [run_of(project, alice, name, base=base, peak=peak) for name, peak in (("Alone", 1e-3), ("Replay", 2e-3))]


def query(runs, **more) -> dict:
    return {"runs": ",".join(str(run.pk) for run in runs), **more}


def shown(answer) -> list[str]:
    return [panel["id"] for panel in answer.context["panels"] if not panel["hidden"]]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["evaluation-0", "evaluation-1", "training"]),
        ({"metric": "bits_per_byte"}, ["evaluation-0", "evaluation-1"]),
        ({"metric": "bits_per_byte", "domain": "prose"}, ["evaluation-0"]),
        ({"metric": "training"}, ["training"]),
        ({"metric": "learning_rate", "domain": "prose"}, ["learning-rate"]),
    ],
)
def test_the_metric_says_which_charts_are_shown(signed_in, alice, runs, asked, expected):
    assert shown(signed_in(alice).get(reverse("comparisons:compare"), query(runs, **asked))) == expected


def test_an_unknown_metric_is_said_and_the_default_shown(signed_in, alice, runs):
    answer = signed_in(alice).get(reverse("comparisons:compare"), query(runs, metric="luck"))
    assert "The metric is one of loss, bits_per_byte" in answer.content.decode()
    assert len(shown(answer)) == 3


def test_figures_follow_metric_and_scale(signed_in, alice, runs):
    client = signed_in(alice)
    address = reverse("api:compare-figure", args=["evaluation-loss"])
    plain = client.get(address, query(runs, domain="code")).json()["figure"]
    bits = client.get(address, query(runs, domain="code", metric="bits_per_byte", scale="log")).json()["figure"]
    assert bits["layout"]["yaxis"] == {"title": {"text": "Bits per byte"}, "type": "log"}
    assert "type" not in plain["layout"]["yaxis"]
    assert [value * 2 for value in bits["data"][0]["y"]] == plain["data"][0]["y"]


def test_a_saved_comparison_and_a_link_keep_metric_and_scale(signed_in, client, project, alice, runs):
    posted = query(runs, metric="learning_rate", scale="log", name="Rates")
    answer = signed_in(alice).post(reverse("comparisons:save"), posted, follow=True)
    assert shown(answer) == ["learning-rate"]
    saved = project.comparisons.get()
    assert saved.view == {"metric": "learning_rate", "scale": "log"}
    _, url = shares.create_share(project=project, title="Rates", runs=saved.runs, view=saved.view, by=alice)
    client.logout()
    page = client.get(url[url.index("/s/") :], follow=True)
    assert shown(page) == ["learning-rate"]
    figure = next(panel["url"] for panel in page.context["panels"] if panel["id"] == "learning-rate")
    assert client.get(figure).json()["figure"]["layout"]["yaxis"]["type"] == "log"


def test_the_share_dialog_names_every_run_and_setting_that_becomes_visible(signed_in, alice, runs):
    client = signed_in(alice)
    pages = [
        client.get(reverse("comparisons:compare"), query(runs)).content.decode(),
        client.post(reverse("shares:create"), query(runs, title="", days="30")).content.decode(),
    ]
    for text in pages:
        text = text[text.index('id="share-form"') :]
        for said in (
            "2 runs",
            "<b>Alone</b>",
            "<b>Replay</b>",
            "started from Base",
            "Schedule 1 peak",
            "main, version",
        ):
            assert said in text
        assert "notes, tags" in text


def test_a_baseline_gives_every_other_run_its_difference(signed_in, client, project, alice):
    base = run_of(project, alice, "Base")
    made = [
        run_of(project, alice, "Alone", base=base, losses={"code": [3.0, 2.0], "prose": [3.0, 3.5]}),
        run_of(project, alice, "Replay", base=base, losses={"code": [3.0, 2.25]}),
    ]
    asked = query(made, baseline="1")
    answer = signed_in(alice).get(reverse("comparisons:compare"), asked)
    own, other = answer.context["compared"].finals
    assert {value.difference for value in own.measured} == {None}
    assert {value.domain: value.difference for value in other.measured} == {"code": 0.25, "prose": None}
    assert "+0.250" in answer.content.decode()
    for wrong in ("3", "-1", "x", "²"):
        assert answer.client.get(reverse("comparisons:compare"), query(made, baseline=wrong)).status_code == 200
    _, url = shares.create_share(
        project=project, title="x", runs=[run.pk for run in made], view={"baseline": "1"}, by=alice
    )
    client.logout()
    assert "+0.250" in client.get(url[url.index("/s/") :], follow=True).content.decode()


def test_the_tables_come_as_markdown_that_names_cannot_break(signed_in, project, alice):
    base = run_of(project, alice, "Base")
    made = [run_of(project, alice, "One | <b>two</b>", base=base), run_of(project, alice, "Three", base=base)]
    answer = signed_in(alice).get(reverse("comparisons:markdown"), query(made, baseline="2"))
    assert answer["Content-Disposition"] == 'attachment; filename="comparison.md"'
    sections = answer.content.decode().strip().split("\n\n## ")
    assert [section.splitlines()[0].lstrip("# ") for section in sections] == [
        "Stability gap, tolerance 0 nats",
        "Last evaluation",
        "Settings that differ",
        "What was forgotten",
    ]
    for section in sections[:2]:
        table = section.splitlines()[2:]
        assert table[1].startswith("| --- |")
        assert len({line.replace("\\|", "").count("|") for line in table}) == 1
    assert r"One \| \<b\>two\</b\>" in sections[1]


def test_the_tables_come_as_latex_that_names_cannot_run(signed_in, project, alice):
    base = run_of(project, alice, "Base")
    made = [
        run_of(project, alice, r"[50 %_&\input{x}", base=base),
        run_of(project, alice, "Three", base=base, peak=3e-7),
    ]
    answer = signed_in(alice).get(reverse("comparisons:latex"), query(made))
    assert answer["Content-Disposition"] == 'attachment; filename="comparison.tex"'
    text = answer.content.decode()
    assert r"{[}50 \%\_\&\textbackslash{}input\{x\} & prose" in text
    assert text.count(r"\begin{table}") == text.count(r"\end{table}") == 4
    assert r"\caption{Stability gap, tolerance 0 nats}" in text
    rows = [line for line in text.splitlines() if " & " in line]
    assert all(line.endswith(r" \\") for line in rows)
    assert "$1$" in text


def test_no_name_is_an_argument_of_the_end_of_the_row_above():
    text = latex([(["A"], [["run"], ["*[1cm]"]])])
    assert r"{*}{[}1cm] \\" in text


def test_small_numbers_in_latex_are_powers_of_ten():
    text = latex([(["A"], [["run", "rate"], ["one", 3e-7], ["two", None]])])
    assert r"one & $3\times 10^{-7}$ \\" in text
    assert r"\begin{tabular}{lr}" in text


def test_latex_has_room_for_numbers_and_no_letter_that_pdflatex_refuses():
    rows = [
        ["run", "shift", "less", "sentence"],
        ["a", None, "\N{MINUS SIGN}1", "It rose."],
        ["b", None, "", "It fell."],
    ]
    text = latex([(["A"], rows)])
    assert r"run & less \\" in text
    assert r"a & $-$1 \\" in text
    assert "It rose" not in text
    assert text.isascii()


def test_a_comparison_of_many_runs_begins_folded_and_its_headings_say_what_the_tables_come_to(
    signed_in, project, alice
):
    base = run_of(project, alice, "Base")
    few = [run_of(project, alice, f"Run {n}", base=base, seed=n) for n in range(2)]
    many = few + [run_of(project, alice, f"Run {n}", base=base, seed=n) for n in range(2, 9)]
    client = signed_in(alice)
    page = client.get(reverse("comparisons:compare"), query(few)).text
    assert 'data-kept="gaps" open' in page
    assert "deepest: prose in Run 0, 1.00 nats" in page
    page = client.get(reverse("comparisons:compare"), query(many)).text
    assert 'data-kept="gaps" open' not in page
    assert 'data-kept="gaps of code"' in page
    assert "Each of 9 runs" in page


def test_seeds_are_drawn_as_their_mean_with_its_range(signed_in, project, alice):
    base = run_of(project, alice, "Base")
    pair = [
        run_of(project, alice, f"Replay, seed {n}", base=base, seed=n, losses={"code": [3.0, loss]})
        for n, loss in ((0, 2.0), (1, 2.5))
    ]
    type(base).objects.filter(pk=pair[1].pk).update(version=pair[0].version)
    other = run_of(project, alice, "Alone", base=base, peak=9e-3)
    client = signed_in(alice)
    text = client.get(reverse("comparisons:compare"), query([*pair, other])).content.decode()
    assert "Mean and range" in text
    assert "Mean and range" not in client.get(reverse("comparisons:compare"), query([other])).content.decode()
    figure = client.get(
        reverse("api:compare-figure", args=["evaluation-loss"]), query([*pair, other], domain="code", seeds="mean")
    ).json()["figure"]
    mean = next(trace for trace in figure["data"] if trace["name"] == "Replay, mean of 2 runs")
    assert mean["y"] == [3, 2.25]
    assert [trace["name"] for trace in figure["data"]][-1] == "Alone"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Replay, seed 0", "Replay, seed 1"], "Replay"),
        (["Replay (seed 3)", "Replay (seed 4)"], "Replay"),
        (["One", "Two"], "One"),
        (["Grape seed"], "Grape seed"),
        (["Birdseed 1", "Birdseed 2"], "Birdseed"),
    ],
)
def test_a_group_has_the_name_that_its_runs_share(names, expected):
    assert series._shared_name(names) == expected
