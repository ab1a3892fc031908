"""A comparison whose controls change all of its parts together."""

import pytest
from django.urls import reverse

from tests.apps.runs.builders import run_of


@pytest.fixture
def address(project, alice):
    base = run_of(project, alice, "Base")
    runs = [run_of(project, alice, name, base=base) for name in ("Code alone", "Code + 25 % prose")]
    return reverse("comparisons:compare") + "?runs=" + ",".join(str(run.pk) for run in runs)


def test_domain_and_tolerance_change_words_tables_charts_and_address_together(open_page, address, alice):
    page = open_page(alice)
    page.goto(address)
    page.wait_for_selector("#evaluation-0 .scatterlayer .trace")
    page.evaluate("document.querySelector('#evaluation-0 .js-plotly-plot').marked = true")
    assert page.locator("figure.chart:visible").count() == 3
    page.locator("#tolerance").fill("0.5")
    page.locator("#tables td", has_text="200").first.wait_for()
    page.locator("#domain").select_option("prose")
    page.locator("figure.chart:visible").nth(2).wait_for(state="detached")
    assert page.locator("figure.chart:visible").count() == 2
    assert "domain=prose" in page.url
    assert "tolerance=0.5" in page.url
    assert page.evaluate("document.querySelector('#evaluation-0 .js-plotly-plot').marked")
    words = page.locator("#answers").inner_text()
    page.reload()
    assert page.locator("#answers").inner_text() == words
    assert page.locator("#tolerance").input_value() == "0.5"
