"""J7, diagnose a stability gap: depth, trough and recovery in chart, table and words; the spike's samples; replay against none over seeds."""

import pytest
from django.db import transaction
from django.urls import reverse

from tests.apps import factories, recorded
from tests.browser.keyboard import Keyboard

MARKS = """document.querySelector('#evaluation-0 .js-plotly-plot').data.filter((line) => line.legendgroup)
    .map((line) => [line.name, ...line.x])"""

GAPS = "section:has(#gaps)"


@pytest.fixture
def study(project, alice, transactional_db):
    """The recorded study, with code alone and with replay from its base under two seeds each; the second seed has no control."""
    with transaction.atomic():
        study = recorded.study(by=alice, project=project, samples=40)
        both = [study.prose, study.code]
        streams = {"prose": study.prose, "code": study.code}
        mixed = factories.phase("main", streams, {"prose": 0.25, "code": 0.75})
        replay = factories.curriculum(project, alice, "Code with replay", study.tokenizer, [mixed])
        study.arms = [study.arms[0], study.arms[1]]
        for name, version, seed, cost in (
            ("Code alone", study.arms[0].version, 1, 1.3),
            ("Replay", replay, 0, 0.4),
            ("Replay", replay, 1, 0.5),
        ):
            row = factories.run(f"{name}, seed {seed}", version, alice, both, base=study.base, seed=seed)
            study.arms.append(factories.train(row, level=3.1, cost=cost))
        return study


def test_a_gap_is_told_by_chart_table_and_words_and_compared_over_seeds(open_page, study, alice):
    page = open_page(alice)
    page.set_default_timeout(60_000)
    hands = Keyboard(page)
    one_run(page, hands, study.arms[0])
    spike(page, hands)
    over_seeds(page, hands, [study.arms[0], *study.arms[2:]])
    missing_controls(page, hands)


def one_run(page, hands, run):
    """A continuation: one boundary, split by the control that there is, and nothing is claimed of one seed."""
    page.goto(reverse("runs:detail", args=[run.pk]))
    hands.press(page.get_by_role("link", name="Stability gap"))
    page.wait_for_selector("#evaluation-0 .scatterlayer .trace")
    said = page.locator("#answers").inner_text()
    assert "One seed, so no interval" in said
    assert "re-warming alone did" in said
    trough = trough_of(page)
    hands.fill(page.get_by_label("Tolerance, nats"), "5")
    page.locator("#answers").get_by_text("within 5").wait_for()
    assert trough_of(page) == trough, "the tolerance moves the recovery alone"
    page.wait_for_function(f"() => {MARKS}.some(([name]) => name === 'recovery')")
    hands.choose(page.get_by_label("Domain"), "reference")
    page.wait_for_url("**domain=reference**")
    assert "tolerance=5" in page.url
    assert page.locator(GAPS).locator("tbody tr").count() == 1


def trough_of(page) -> int:
    """Where the table of the first domain has it, in tokens after the shift, which is where the chart has its mark."""
    row = page.locator(GAPS).locator("tbody tr").first
    after = int(row.locator("td").nth(3).inner_text().replace(",", ""))
    assert ["trough", after] in page.evaluate(MARKS)
    return after


def spike(page, hands):
    """The samples of a step of the training loss, from the run's page."""
    hands.press(page.locator("#runs ~ ul a, section:has(#runs) a").first)
    hands.fill(page.get_by_label("Samples of step"), "60")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Samples in their order").wait_for()


def over_seeds(page, hands, runs):
    """Replay less code alone, seed by seed, and how many seeds would tell."""
    page.goto(reverse("comparisons:compare") + "?runs=" + ",".join(str(run.pk) for run in runs))
    said = page.locator("#answers").inner_text()
    assert "Reference, gap depth: Replay less Code alone is" in said
    assert "in the mean of 2 seeds (95\u00a0% interval" in said
    assert "The seed changed the order of the data; all start from the same base" in said
    table = page.locator("#tables section:has(#over-seeds)").inner_text()
    assert "gap depth" in table
    hands.press(page.locator("summary", has_text="Each of 4 runs"))
    assert "re-warming alone did" in page.locator("#answers").inner_text()


def missing_controls(page, hands):
    hands.press(page.get_by_role("button", name="Add the re-warming control", exact=True))
    page.get_by_text("is queued and compared").wait_for()
    assert page.locator("section:has(#runs) li").count() == 6
    assert page.get_by_role("button", name="Add the re-warming control").count() == 0
