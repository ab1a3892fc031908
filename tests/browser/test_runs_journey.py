"""From the form to a comparison: runs are asked for, found in the table, chosen by keyboard and laid over each other."""

import re

from django.urls import reverse

from apps.runs.models import Run
from tests.apps import factories


def test_runs_are_asked_for_chosen_by_keyboard_and_compared(open_page, project, alice):
    data = factories.data(by=alice, project=project, samples=40)
    factories.phased_curriculum(data, alice)
    page = open_page(alice)

    page.goto(reverse("runs:list", args=[project.pk]))
    page.get_by_role("link", name="New run").first.click()
    page.get_by_label("Name").fill("Replay")
    page.get_by_label("Seeds").fill("0-1")
    page.get_by_label("Rows a step").fill("4")
    page.get_by_label("Context").fill("64")
    page.locator("#forecast dd", has_text=re.compile("^186$")).wait_for()
    assert "No measurement yet" in page.locator("#forecast").inner_text()
    page.get_by_label("Peak learning rate").nth(1).fill("-1")
    page.locator("#forecast", has_text="greater than 0").wait_for()
    page.get_by_role("button", name="Start training").click()
    assert "greater than 0" in page.locator("fieldset", has_text="shift").locator(".error").inner_text()
    assert page.get_by_label("Rows a step").input_value() == "4"
    page.get_by_label("Peak learning rate").nth(1).fill("1e-3")
    page.get_by_role("button", name="Start training").click()

    page.wait_for_url("**/runs/?q=Replay")
    page.get_by_text("2 runs are queued.").wait_for()
    assert page.locator("tr[data-row]").count() == 2
    assert page.locator("tr[data-row]", has_text="Queued").count() == 2
    for i, run in enumerate(Run.objects.order_by("seed")):
        factories.done(run.plan)
        factories.train(run, level=3.1 + i / 10, cost=0.5)

    page.reload()
    page.get_by_role("link", name="Seed", exact=True).click()
    page.wait_for_url("**sort=seed**")
    page.locator("summary", has_text="Columns").click()
    page.get_by_label("reference, lowest loss").check()
    page.wait_for_url("**best%3Areference**")
    page.keyboard.press("Escape")
    page.locator("body").click(position={"x": 5, "y": 400})
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    assert page.locator("#compare").inner_text() == "Compare 2 runs"
    page.locator("#status").select_option("succeeded")
    page.wait_for_url("**status=succeeded**")
    page.wait_for_function("() => document.querySelectorAll('tr[data-row] input:checked').length === 2")
    page.locator("tr[data-row] input").first.focus()
    page.keyboard.press("c")

    page.wait_for_url("**/compare/**")
    page.wait_for_selector("#evaluation-0 .scatterlayer .trace")
    page.locator("#metric").select_option("bits_per_byte")
    page.locator("#training").wait_for(state="hidden")
    page.locator("#scale").select_option("log")
    page.wait_for_function("() => document.querySelector('#evaluation-0 .js-plotly-plot').layout.yaxis.type === 'log'")
    assert {"metric=bits_per_byte", "scale=log"} <= set(page.url.split("?")[1].split("&"))
    page.get_by_role("button", name="Share").click()
    assert "Replay, seed 1" in page.locator("#share-dialog .named-runs").inner_text()
