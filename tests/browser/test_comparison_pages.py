"""A comparison and its share link, as a member and as a visitor with a phone."""

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


def test_a_link_is_made_in_the_dialog_opened_on_a_phone_and_revoked(open_page, address, project, alice):
    page = open_page(alice)
    page.goto(address)
    page.get_by_role("button", name="Share").click()
    dialog = page.locator("#share-dialog")
    assert "Never: sample text" in dialog.inner_text()
    dialog.get_by_label("Title").fill("The cost of a shift")
    dialog.get_by_role("button", name="Create the link").click()
    dialog.locator("#share-url").wait_for()
    secret = dialog.locator("#share-url").input_value()
    path = secret[secret.index("/s/") :]

    phone = open_page(width=390, height=844, color_scheme="dark", is_mobile=True, has_touch=True)
    phone.goto(path)
    phone.wait_for_selector("#evaluation-0 .scatterlayer .trace")
    assert "/shared/" in phone.url
    assert "/s/" not in phone.url
    assert "Prose loss rose" in phone.locator("#answers").inner_text()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    phone.locator("#axis").select_option("steps")
    phone.wait_for_function(
        "() => document.querySelector('#evaluation-0 .js-plotly-plot').layout.xaxis.title.text === 'Steps'"
    )

    page.goto(reverse("comparisons:list", args=[project.pk]))
    page.get_by_role("link", name="Revoke").click()
    page.get_by_role("button", name="Revoke the link").click()
    page.get_by_text("is revoked").wait_for()
    phone.reload()
    assert "not available" in phone.locator("main").inner_text()
    assert all("404" in line for line in phone.said)
    phone.said.clear()
