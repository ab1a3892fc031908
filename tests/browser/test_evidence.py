"""From what looks odd to the samples behind it: a cell where two scores disagree, a spike of a loss."""

from django.urls import reverse

from tests.apps import recorded


def press(page, cells, x, y):
    """A click on a chart counts once the chart knows what lies under the pointer, which it does not while it is drawn."""
    for nudge in range(200):
        box = cells.bounding_box()
        page.mouse.move(box["x"] + box["width"] * x + nudge % 2, box["y"] + box["height"] * y)
        if page.locator(".hoverlayer > *").count():
            break
        page.wait_for_timeout(50)
    page.mouse.down()
    page.mouse.up()


def test_a_disagreement_and_a_spike_lead_to_their_samples(open_page, alice, project):
    study = recorded.study(by=alice, project=project, samples=40)
    page = open_page(alice)
    page.goto(reverse("scores:detail", args=[study.ratio.pk]))
    page.get_by_role("link", name="Agreement with other scores").click()
    page.get_by_role("heading", name="Percentile against percentile").wait_for()
    cells = page.locator("#agreement .heatmaplayer image").first
    cells.wait_for()
    page.get_by_label("Compression ratio, from %").fill("50")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**a_from=50**")
    page.get_by_role("heading", name="20 of 40 samples in this stretch").wait_for()
    page.get_by_label("Compression ratio, to %").fill("40")
    page.keyboard.press("Enter")
    page.get_by_text("A stretch ends above its beginning.").wait_for()
    page.get_by_role("link", name="The biggest disagreements").click()
    page.get_by_role("heading", name="High by Compression ratio, low by Length").wait_for()
    page.get_by_role("button", name="View as table").or_(page.get_by_text("View as table")).first.click()
    row = page.locator("#agreement tbody tr").first
    row.wait_for()
    low, _, other, _, count = (float(text) for text in row.locator("td").all_inner_texts())
    press(page, cells, (low + 5) / 100, 1 - (other + 5) / 100)
    page.wait_for_url("**b_from=*")
    page.get_by_role("heading", name=f"{count:.0f} of 40 sample").wait_for()

    run = study.arms[1]
    page.goto(reverse("runs:detail", args=[run.pk]))
    line = page.locator("#training-loss .scatterlayer .js-line").first
    line.wait_for()
    page.evaluate("document.querySelector('#training-loss').scrollIntoView({block: 'center'})")
    press(page, page.locator("#training-loss .nsewdrag").first, 0.5, 0.5)
    page.wait_for_url("**/steps/*/")
    number = int(page.url.rstrip("/").rsplit("/", 1)[1])
    assert 55 <= number <= 66
    page.get_by_role("heading", name="Samples in their order").wait_for()
    page.get_by_role("link", name="Step after").click()
    page.wait_for_url(f"**/steps/{number + 1}/")
    page.get_by_label("Step, 1 to").fill("3")
    page.keyboard.press("Enter")
    page.wait_for_url("**/steps/3/")
    page.goto(reverse("runs:detail", args=[run.pk]))
    page.get_by_label("Samples of step").fill("9")
    page.keyboard.press("Enter")
    page.wait_for_url("**/steps/9/")
