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
    page.locator("#domain").select_option("")
    page.locator("#panels").select_option("one")
    page.wait_for_selector("#evaluation-all .scatterlayer .trace")
    assert page.locator("figure.chart:visible").count() == 2
    page.locator("#panels").select_option("same")
    page.locator("#legend", has_text="Code alone").wait_for()
    for _ in range(100):  # each chart asks on its own
        if small(page):
            break
        page.wait_for_timeout(50)
    assert small(page)
    words = page.locator("#answers").inner_text()
    page.reload()
    assert page.locator("#answers").inner_text() == words
    assert page.locator("#tolerance").input_value() == "0.5"


def test_chart_table_and_words_tell_the_same_gap(open_page, address, alice):
    page = open_page(alice)
    page.goto(f"{address}&domain=prose")
    page.wait_for_selector("#evaluation-0 .scatterlayer .trace")
    assert marks(page)[:3] == [["level before", 0, 400], ["trough", 100], ["recovery", 300]]
    assert page.locator("#tables").get_by_role("cell", name="300", exact=True).count() == 2
    page.get_by_text("As formulas").click()
    page.locator("#tolerance").fill("0.5")
    page.locator("#tables").get_by_role("cell", name="200", exact=True).first.wait_for()
    assert "was back (within 0.5) 200 tokens after it" in page.locator("#answers").inner_text()
    page.wait_for_load_state("networkidle")
    for _ in range(100):  # the chart asks on its own
        if ["recovery", 200] in marks(page):
            break
        page.wait_for_timeout(50)
    assert ["recovery", 300] not in marks(page)
    assert page.get_by_text("recovery_at = the first tau after the trough").is_visible()


def test_the_page_as_one_file_opens_from_disk_and_asks_no_server(open_page, address, alice, tmp_path):
    page = open_page(alice)
    page.goto(address)
    with page.expect_download() as taken:
        page.get_by_role("link", name="One HTML file").click()
    taken.value.save_as(tmp_path / "kept.html")
    page.context.set_offline(True)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / "kept.html").as_uri())
    page.wait_for_selector("#evaluation-0 .scatterlayer .trace")
    page.locator("#learning-rate").scroll_into_view_if_needed()
    page.wait_for_selector("#learning-rate .scatterlayer .trace", state="attached")
    assert "Gap depth" in page.locator("#tables").inner_text()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def small(page) -> bool:
    """Whether both domains have one vertical range and no legend of their own."""
    return page.evaluate(
        """() => { const [a, b] = [0, 1].map((k) => document.querySelector(`#evaluation-${k} .js-plotly-plot`).layout);
            return !a.showlegend && !b.showlegend && String(a.yaxis.range) === String(b.yaxis.range); }"""
    )


def marks(page) -> list[list]:
    """The marks of the first chart: [name, where it stands]."""
    return page.evaluate(
        """() => document.querySelector('#evaluation-0 .js-plotly-plot').data
            .filter((trace) => trace.legendgroup).map((trace) => [trace.name, ...trace.x])"""
    )
