"""Charts in a real browser, under the strict content security policy."""

import re

import pytest
from django.urls import reverse

from apps.jobs.models import Job, Status
from apps.metrics import services as metrics
from tests.apps.runs.builders import run_of

PLOT = "#training-loss .js-plotly-plot"
RANGE = f"() => document.querySelector('{PLOT}').layout.xaxis.range"
COLOR = f"() => document.querySelector('{PLOT}').data[0].line.color"


@pytest.fixture
def live_run(project, alice):
    return run_of(project, alice, status=Status.RUNNING, train_points=5_000)


def drawn(page, run):
    page.goto(reverse("runs:detail", args=[run.pk]))
    page.wait_for_selector(f"{PLOT} .scatterlayer .trace")


def zoom(page, start, stop):
    page.evaluate(
        f"([a, b]) => Plotly.relayout(document.querySelector('{PLOT}'), {{'xaxis.range': [a, b]}})", [start, stop]
    )


def test_a_chart_draws_says_what_it_shows_and_has_a_table_twin(open_page, live_run, alice):
    page = open_page(alice)
    drawn(page, live_run)
    chart = page.locator("#training-loss")
    assert "Training loss" in chart.locator("h2").inner_text()
    assert re.search(r"Showing [\d,]+ of 5,000 points", chart.locator(".chart-note").inner_text())
    assert "last" in chart.locator(".chart-reading").inner_text()
    chart.locator("summary").click()
    chart.locator("tbody tr").first.wait_for()
    assert chart.locator("thead th").all_inner_texts() == ["Tokens", "Code alone"]


def test_zoom_and_hidden_lines_survive_an_update_and_a_zoom_fetches_the_points_within(open_page, live_run, alice):
    page = open_page(alice)
    drawn(page, live_run)
    with page.expect_response(lambda r: "start=8000" in r.url and "stop=16000" in r.url):
        zoom(page, 8_000, 16_000)
    page.wait_for_function(f"() => document.querySelector('{PLOT}').data[0].x[0] >= 8000")
    metrics.append(run=live_run, batch={"train/loss": ([1_500_000], [12_004], [9e6], [2.0])})
    page.wait_for_function(f"() => document.querySelector('{PLOT}').data[0].x.includes(12004)")
    assert page.evaluate(RANGE) == [8_000, 16_000]
    note = page.locator("#training-loss .chart-note")
    assert "zoomed in" in note.inner_text().lower()
    assert "In the range shown" in page.locator("#training-loss .chart-reading").inner_text()
    note.get_by_role("button", name="Show all").click()
    page.wait_for_function(f"() => document.querySelector('{PLOT}').data[0].x[0] === 0")
    assert page.evaluate(RANGE)[0] < 8_000
    assert "zoom in for more" in note.inner_text()


def test_a_finished_run_is_asked_for_no_more(open_page, live_run, alice):
    page = open_page(alice)
    drawn(page, live_run)
    Job.objects.filter(pk=live_run.job_id).update(status=Status.SUCCEEDED)
    page.wait_for_function("() => !document.querySelector('#live').dataset.poll")
    page.wait_for_timeout(2_500)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2_500)
    assert asked == []


def test_the_dark_theme_recolours_charts_in_place(open_page, live_run, alice):
    page = open_page(alice, color_scheme="light")
    drawn(page, live_run)
    light = page.evaluate(COLOR)
    zoom(page, 8_000, 16_000)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"light => document.querySelector('{PLOT}').data[0].line.color !== light", arg=light)
    assert page.evaluate(RANGE) == [8_000, 16_000]
    page.locator("[data-theme-toggle]").click()
    page.wait_for_function(f"light => document.querySelector('{PLOT}').data[0].line.color === light", arg=light)
    assert page.evaluate(f"() => document.querySelector('{PLOT}').layout.paper_bgcolor") == "rgba(0,0,0,0)"


def test_a_chart_is_saved_as_picture_and_as_numbers(open_page, live_run, alice):
    page = open_page(alice, color_scheme="dark")
    drawn(page, live_run)
    with page.expect_download() as picture:
        page.locator("#training-loss [data-chart=png]").click()
    assert picture.value.suggested_filename == "training-loss.png"
    assert picture.value.path().read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    with page.expect_download() as numbers:
        page.locator("#training-loss [data-chart=csv]").click()
    assert numbers.value.path().read_text().splitlines()[:2] == ["Tokens,Code alone", "0,4"]
    zoom(page, 8_000, 16_000)
    with page.expect_download() as drawing:
        page.locator("#training-loss [data-chart=svg]").click()
    assert drawing.value.suggested_filename == "training-loss.svg"
    told = drawing.value.path().read_text()
    assert told.startswith("<svg")
    assert "fill: rgb(255, 255, 255)" in told[:400], "for paper, also from a dark page"
    assert [text for text in ("8k", "10k", "16k", "20k") if f">{text}<" in told] == ["8k", "10k", "16k"]


def test_numbers_are_saved_also_when_the_figure_was_fetched_anew_before_they_came(open_page, live_run, alice):
    page = open_page(alice)
    drawn(page, live_run)
    asked = []
    page.route(re.compile(r"figures/training-loss/(?!.*packed=1)"), lambda route: asked.append(route))
    page.locator("#training-loss [data-chart=csv]").click()
    while not asked:
        page.wait_for_timeout(20)
    with page.expect_response(re.compile(r"figures/training-loss/.*packed=1")) as anew:
        pass
    anew.value.finished()
    with page.expect_download() as numbers:
        asked[0].continue_()
    assert numbers.value.path().read_text().splitlines()[:2] == ["Tokens,Code alone", "0,4"]


def test_a_figure_that_fails_says_why_and_can_be_asked_for_again(open_page, live_run, alice):
    page = open_page(alice)
    broken = lambda route: route.fulfill(status=500, body="")  # noqa: E731
    page.route("**/figures/training-loss/**", broken)
    page.goto(reverse("runs:detail", args=[live_run.pk]))
    state = page.locator("#training-loss .chart-state")
    state.get_by_role("button", name="Try again").wait_for()
    assert "could not be loaded: the server answered 500" in state.inner_text()
    page.unroute("**/figures/training-loss/**", broken)
    state.get_by_role("button").click()
    page.wait_for_selector(f"{PLOT} .scatterlayer .trace")
    assert all("500" in line for line in page.said)
    page.said.clear()


def test_an_empty_chart_says_so_in_its_panel(open_page, project, alice):
    run = run_of(project, alice, losses={}, status=Status.QUEUED)
    page = open_page(alice)
    drawn(page, run)
    page.locator("#evaluation-loss").scroll_into_view_if_needed()
    page.locator("#evaluation-loss .chart-state:not([hidden])").wait_for()
    assert "No evaluation yet" in page.locator("#evaluation-loss .chart-state").inner_text()


def test_the_axis_is_a_part_of_the_address_and_charts_follow_it(open_page, live_run, alice):
    page = open_page(alice)
    drawn(page, live_run)
    page.locator("#axis").select_option("steps")
    page.wait_for_function(f"() => document.querySelector('{PLOT}').layout.xaxis.title.text === 'Steps'")
    assert "axis=steps" in page.url
    page.reload()
    page.wait_for_function(f"() => document.querySelector('{PLOT}')?.layout?.xaxis?.title?.text === 'Steps'")
