"""J6, compare and share: six runs chosen by keyboard, their bands and settings, a link on a phone, revoked; files to keep."""

import re

import pytest
from django.urls import reverse

from tests.apps import factories

SEEDS = (0, 1, 2)


@pytest.fixture
def six(project, alice, already):
    """Two curricula with three seeds each, trained."""
    with already():
        data = factories.data(by=alice, project=project, samples=40)
        both = [data.prose, data.code]
        curves = {"Mixed": (factories.mixed_curriculum(data, alice), 3.6, 0.1)}
        curves["Prose first"] = (factories.phased_curriculum(data, alice), 3.2, 0.9)
        return [
            factories.train(
                factories.run(f"{name}, seed {seed}", version, alice, both, seed=seed),
                level=level + seed / 20,
                cost=cost,
            )
            for name, (version, level, cost) in curves.items()
            for seed in SEEDS
        ]


def test_six_runs_are_compared_and_shown_to_somebody_without_an_account(open_page, keyboard, six, project, alice, bob):
    page = open_page(alice, color_scheme="dark")
    hands = keyboard(page)
    choose_six(page, hands, project)
    compare(page, hands)
    assert_same_elsewhere(page, open_page(bob, color_scheme="light"))
    take_files(page, hands)
    secret = share(page, hands)
    phone = open_page(width=390, height=844, color_scheme="dark", is_mobile=True, has_touch=True)
    read_on_a_phone(phone, secret)
    hands.press(page.get_by_role("navigation", name=project.name).get_by_role("link", name="Comparisons"))
    hands.press(page.get_by_role("link", name="Revoke"))
    hands.press(page.get_by_role("button", name="Revoke the link"))
    page.get_by_text("is revoked").wait_for()
    phone.reload()
    said = phone.locator("main").inner_text()
    assert "This page is not available" in said
    assert "Mixed" not in said, "what it was is not told"
    assert phone.title().startswith("Not available")
    assert all("404" in line for line in phone.said)
    phone.said.clear()


def choose_six(page, hands, project):
    """Filter, group by curriculum, sort by the lowest loss, and choose with j and x."""
    page.goto(reverse("runs:list", args=[project.pk]))
    hands.fill(page.get_by_role("searchbox", name="Search"), "prose first")
    page.wait_for_function("() => document.querySelectorAll('tr[data-row]').length === 3")
    assert "q=prose" in page.url
    hands.fill(page.get_by_role("searchbox", name="Search"), "")
    page.wait_for_function("() => document.querySelectorAll('tr[data-row]').length === 6")
    hands.choose(page.get_by_label("Rows"), "Mean over seeds")
    groups = page.get_by_role("region", name="Runs by setting").locator("tbody tr")
    groups.first.wait_for()
    assert groups.count() == 2
    assert "3 runs" in groups.first.inner_text()
    hands.choose(page.get_by_label("Rows"), "One a run")
    hands.press(page.get_by_role("link", name="Columns and conditions"))
    hands.choose(page.get_by_label("Metric"), "Argparse loss")
    hands.choose(page.get_by_label("Its value"), "Best")
    hands.press(page.get_by_role("button", name="Add the column"))
    page.locator(".column-order", has_text="Argparse, best").wait_for()
    hands.press(page.get_by_role("button", name="Show the table"))
    hands.press(page.get_by_role("link", name="Argparse, best"))
    page.wait_for_url("**sort=best%3A**argparse**")
    page.locator("tr[data-row] th").first.get_by_text("Prose first, seed 0").wait_for()
    for _ in SEEDS * 2:
        page.keyboard.press("j")
        page.keyboard.press("x")
    assert page.locator("#compare").inner_text() == "Compare 6 runs"
    page.keyboard.press("c")
    page.wait_for_url("**/compare/**")


def compare(page, hands):
    """Six lines over each other, then means with their bands; only what differs; a baseline that stays pinned."""
    page.wait_for_selector("#evaluation-0 .scatterlayer .trace")
    lines = "() => document.querySelector('#evaluation-0 .js-plotly-plot').data.filter(line => line.showlegend !== false).length"
    page.wait_for_function(f"() => ({lines})() === 6")
    hands.choose(page.get_by_label("Seeds", exact=True), "Mean and range")
    page.wait_for_function(f"() => ({lines})() === 2")
    bands = "document.querySelector('#evaluation-0 .js-plotly-plot').data.filter(line => line.fill).length"
    assert page.evaluate(bands) >= 2
    hands.choose(page.get_by_label("Baseline"), "Mixed, seed 0")
    page.get_by_text("the difference to the baseline’s").wait_for()
    assert {"seeds=mean"} <= set(page.url.split("?")[1].split("&"))
    assert "baseline=" in page.url
    settings = page.get_by_role("region", name="Settings that differ", exact=True).first.inner_text()
    assert "Seed" in settings
    assert "Peak" not in settings, "what is the same in all runs is not listed"
    page.get_by_text(re.compile(r"\d+ other settings are the same in all runs")).wait_for()


def assert_same_elsewhere(page, other):
    other.goto(page.url)
    other.wait_for_selector("#evaluation-0 .scatterlayer .trace")
    assert other.get_by_label("Seeds", exact=True).input_value() == "mean"
    for part in ("#answers", "#tables"):
        assert other.locator(part).inner_text() == page.locator(part).inner_text()


def take_files(page, hands):
    """The tables as CSV and Markdown, a chart as PNG."""

    def taken(target):
        with page.expect_download() as download:
            hands.press(target)
        return download.value.path().read_bytes()

    tables = page.locator("#tables")
    assert taken(tables.get_by_role("link", name="CSV")).decode().count("\n") > 6
    assert "| --- |" in taken(tables.get_by_role("link", name="Markdown")).decode().replace(" ---: ", " --- ")
    picture = taken(page.locator("#evaluation-0").get_by_role("button", name="PNG"))
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"


def share(page, hands):
    """The dialog says what becomes visible; sample text is never part of it, and the link ends after 30 days."""
    hands.press(page.get_by_role("button", name="Share"))
    dialog = page.locator("#share-dialog")
    said = dialog.inner_text()
    assert dialog.locator(".named-runs > li").count() == 6
    assert "Never: sample text" in said
    days = dialog.get_by_label("The link expires after")
    assert days.evaluate("select => select.selectedOptions[0].textContent") == "30 days"
    hands.fill(dialog.get_by_label("Title"), "Mixed or prose first")
    hands.press(dialog.get_by_role("button", name="Create the link"))
    dialog.locator("#share-url").wait_for()
    secret = dialog.locator("#share-url").input_value()
    hands.press(dialog.get_by_role("button", name="Done"))
    return secret[secret.index("/s/") :]


def read_on_a_phone(phone, secret):
    """Read only, in one column, without the secret in its address; the axis can be changed."""
    phone.goto(secret)
    phone.locator("#evaluation-0").scroll_into_view_if_needed()
    phone.wait_for_selector("#evaluation-0 .scatterlayer .trace")
    assert "/shared/" in phone.url
    assert "/s/" not in phone.url
    assert "Mixed" in phone.locator("#answers").inner_text()
    assert phone.get_by_role("button", name=re.compile("Share|Save")).count() == 0
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    phone.locator("#axis").select_option("steps")
    titled = "() => document.querySelector('#evaluation-0 .js-plotly-plot').layout.xaxis.title.text === 'Steps'"
    phone.wait_for_function(titled)
