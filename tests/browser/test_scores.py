"""A score set from its form to the samples behind a bar, and a tokenizer that is tried."""

from itertools import pairwise

from django.urls import reverse

from apps.scores.models import ScoreSet
from tests.apps import factories, recorded


def test_a_wrong_parameter_is_mended_a_bar_leads_to_its_samples_and_a_text_is_shown_in_tokens(
    open_page, alice, project
):
    data = recorded.data(by=alice, project=project, samples=40)
    page = open_page(alice)
    page.goto(reverse("scores:list", args=[project.pk]))
    page.get_by_role("link", name="New score set").click()
    page.get_by_label("Dataset").select_option("Standard library code, version 1")
    page.get_by_label("Method").select_option("Length")
    page.get_by_label("Unit").wait_for()
    assert page.get_by_label("Dataset").input_value() == str(data.code.pk)
    page.get_by_label("Method").select_option("Compression ratio")
    page.get_by_label("Level").wait_for()
    page.get_by_text("measured on").wait_for()
    page.get_by_label("Window").fill("200")
    page.get_by_label("Name").fill("Dense")
    page.evaluate("document.getElementById('new-score-set').noValidate = true")
    page.get_by_label("Level").fill("11")
    page.get_by_role("button", name="Start scoring").click()
    page.get_by_text("At most 9.").wait_for()
    assert page.get_by_label("Window").input_value() == "200"
    page.get_by_label("Level").fill("6")
    page.keyboard.press("Enter")

    page.get_by_role("heading", name="This score set is being made").wait_for()
    made = ScoreSet.objects.get(name="Dense")
    assert made.params == {"level": 6, "window": 200}
    factories.done(made)
    page.evaluate("htmx.trigger('#state', 'poll')")
    page.locator("#histogram .bars path").first.wait_for()
    page.evaluate("document.querySelector('#histogram').scrollIntoView({block: 'center'})")
    heights = "paths => paths.map(path => path.getBoundingClientRect().height)"
    bars = page.locator("#histogram .bars path")
    tallest = (found := bars.evaluate_all(heights)).index(max(found))
    page.get_by_text("Every bar as a link to its samples").click()
    links = [one.bounding_box() for one in page.locator(".bar-links a").all()]
    assert all(
        under["y"] >= link["y"] + link["height"] or under["x"] >= link["x"] + link["width"]
        for link, under in pairwise(links)
    )
    box = bars.nth(tallest).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url("**/samples/?lo=*")
    assert " of 40 sample" in page.get_by_role("heading", level=2).inner_text()
    page.get_by_label("Order").select_option("Highest first")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**order=high**")
    page.goto(reverse("scores:detail", args=[made.pk]))
    page.get_by_role("link", name="The hardest 1 %").click()
    assert "1 of 40 samples by Dense: the highest 1 %." in page.get_by_role("heading", level=2).inner_text()

    page.get_by_role("link", name="Tokenizers").click()
    page.get_by_role("link", name="Prose and code").click()
    page.get_by_label("A text").fill("def step(): return 1")
    page.get_by_role("button", name="Show its tokens").click()
    page.locator(".pieces span").first.wait_for()
    assert page.locator(".pieces").inner_text() == "def step(): return 1"
