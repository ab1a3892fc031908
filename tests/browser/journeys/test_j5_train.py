"""J5, train: a forecast, three seeds in the queue, a loss that is drawn while it falls, one cancelled, one as planned."""

import os
import re
import signal

import pytest
from django.urls import reverse

from apps.jobs.models import Status
from apps.runs.models import Run
from tests.browser.journeys.making import halt, sums_twice
from tests.workers.conftest import is_running, wait_for

PLOT = "document.querySelector('#training-loss .js-plotly-plot')"
#: tokens of each of the two phases, and of a step
PHASE, STEP = 24_000, 4 * 32


@pytest.fixture
def curriculum(project, alice, already):
    with already():
        return sums_twice(project, alice, tokens=PHASE)


def test_three_seeds_are_trained_watched_and_one_of_them_cancelled(open_page, keyboard, curriculum, project, alice):
    page = open_page(alice)
    hands = keyboard(page)
    page.goto(reverse("curricula:version", args=[curriculum.pk]))
    hands.press(page.get_by_role("link", name="Train with this curriculum"))
    ask_for_three(page, hands)
    see_the_queue(page, hands, project)
    # Which is first depends on whose plan was ready first.
    first = next_in_training(but=None)
    watch(page, hands, project, first)
    second = next_in_training(but=first)
    child = halt(second.job)
    see_it_end(page, first)
    cancel(page, hands, project, second, child)
    measured_forecast(page, hands, first)


def ask_for_three(page, hands):
    hands.fill(page.get_by_label("Name"), "Sums")
    hands.choose(page.get_by_label("Model", exact=True), "llama-1m")
    hands.fill(page.get_by_label("Seeds"), "0-2")
    hands.fill(page.get_by_label("Rows a step"), "4")
    hands.fill(page.get_by_label("Context"), "32")
    hands.fill(page.get_by_label("Windows a domain"), "2")
    hands.fill(page.get_by_label("Until step"), "0")
    hands.fill(page.get_by_label("Then every"), "100")
    hands.fill(page.get_by_label("Peak learning rate").nth(1), "-1")
    forecast = page.locator("#forecast")
    forecast.get_by_text("greater than 0").wait_for()
    hands.press(page.get_by_role("button", name="Start training"))
    page.get_by_text("Nothing is queued yet.").wait_for()
    assert page.get_by_label("Context").input_value() == "32"
    hands.fill(page.get_by_label("Peak learning rate").nth(1), "1e-3")
    steps = page.locator("#forecast dd", has_text=re.compile(r"^37\d$"))
    steps.wait_for()
    told = forecast.inner_text()
    assert re.search(r"Runs\s+3\s", told)
    assert "No measurement yet on this installation" in told
    hands.press(page.get_by_role("button", name="Start training"))


def see_the_queue(page, hands, project):
    page.get_by_text("3 runs are queued.").wait_for()
    assert page.locator("tr[data-row]").count() == 3
    hands.press(page.get_by_role("navigation", name=project.name).get_by_role("link", name="Jobs"))
    # One trains; the other two wait for their turn, each with its place.
    page.locator("#rows").get_by_text("next in the gpu queue").wait_for(timeout=200_000)
    page.locator("#rows").get_by_text("place 2 in the gpu queue").wait_for(timeout=200_000)


def watch(page, hands, project, run):
    """The loss is drawn over tokens while the run trains, with a line where its second phase starts; a zoom stays."""
    child = halt(run.job, after=20)
    hands.press(page.get_by_role("navigation", name=project.name).get_by_role("link", name="Runs"))
    hands.press(page.get_by_role("link", name=run.name, exact=True))
    page.wait_for_selector("#training-loss .scatterlayer .trace", timeout=300_000)
    page.locator(".progress-words", has_text=re.compile(r"of 37\d steps\s*[\d.]+ steps/s\s*.* left")).wait_for()
    assert page.evaluate(f"{PLOT}.layout.xaxis.title.text") == "Tokens"
    assert [shape["x0"] for shape in page.evaluate(f"{PLOT}.layout.shapes")] == [pytest.approx(PHASE, abs=STEP)]
    page.evaluate(f"Plotly.relayout({PLOT}, {{'xaxis.range': [0, 12000]}})")
    drawn = page.evaluate(f"{PLOT}.data[0].x.length")
    os.kill(child, signal.SIGCONT)
    page.wait_for_function(f"() => {PLOT}.data[0].x.length > {drawn} + 5", timeout=200_000)
    assert page.evaluate(f"{PLOT}.layout.xaxis.range") == [0, 12_000]


def next_in_training(*, but) -> Run:
    others = Run.objects.exclude(pk=but and but.pk)
    return wait_for(others.filter(job__attempts__pid__isnull=False).first, 500)


def see_it_end(page, run):
    page.get_by_text(re.compile(r"Consumed = planned in all 37\d steps\.")).wait_for()
    run.refresh_from_db()
    assert run.certificate["matches"]


def cancel(page, hands, project, run, child):
    """“Cancelling” for as long as the child takes, then “Cancelled”, and no process is left."""
    hands.press(page.get_by_role("navigation", name=project.name).get_by_role("link", name="Runs"))
    hands.press(page.get_by_role("link", name=run.name, exact=True))
    page.get_by_role("status").get_by_text("Running").wait_for(timeout=200_000)
    hands.press(page.get_by_role("button", name="Cancel", exact=True))
    hands.press(page.get_by_role("button", name="Cancel the run"))
    page.get_by_role("status").get_by_text("Cancelling").wait_for()
    assert is_running(child)
    os.kill(child, signal.SIGCONT)
    page.get_by_role("status").get_by_text("Cancelled").wait_for(timeout=200_000)
    wait_for(lambda: not is_running(child), 5)
    run.job.refresh_from_db()
    assert run.job.status == Status.CANCELLED


def measured_forecast(page, hands, run):
    """What one run took is the forecast of the next."""
    page.goto(reverse("runs:detail", args=[run.pk]))
    hands.press(page.get_by_role("link", name="Again, with a change"))
    page.locator("#forecast").get_by_text("as measured in 1 finished run of this size").wait_for()
    assert re.search(r"Time a run\s+\d+ (s|min)", page.locator("#forecast").inner_text())
