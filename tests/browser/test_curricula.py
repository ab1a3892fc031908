"""A curriculum is built with its preview beside it, saved, edited, compared and imported again, by keyboard and mouse."""

import pytest
from django.urls import reverse

from tests.apps import factories


@pytest.fixture
def data(project, alice):
    return factories.data(by=alice, project=project, samples=60)


def test_a_curriculum_is_built_while_its_preview_follows(open_page, data, project, alice):
    page = open_page(alice)
    page.goto(reverse("curricula:new", args=[project.pk]))
    form, preview = page.locator("#builder"), page.locator("#preview")
    preview.get_by_text("Kept").wait_for()
    form.get_by_label("Name", exact=True).fill("Code by SAW")
    form.get_by_label("Stream", exact=True).fill("code")
    form.get_by_label("Data", exact=True).select_option(str(data.code.pk))
    form.get_by_label("Score set", exact=True).select_option(str(data.length.pk))
    form.get_by_label("Selection", exact=True).select_option("top_r")
    form.get_by_label("Ratio", exact=True).fill("0.6")
    kept = int(0.6 * sum(d["rows"] - d["held_out"] for d in data.code.artifact.meta["domains"].values()))
    preview.get_by_text(f"{kept} of ").wait_for()
    form.get_by_label("Order", exact=True).select_option("saw")
    form.get_by_label("Layers", exact=True).fill("3")
    form.get_by_label("Jitter window", exact=True).fill("5000")
    wrong = form.locator(".field", has=page.get_by_label("Jitter window", exact=True)).locator(".error")
    wrong.wait_for()
    assert "larger than the" in wrong.inner_text()
    form.get_by_label("Jitter window", exact=True).fill("4")
    page.wait_for_selector("#order-preview .scatterlayer .trace")
    wrong.wait_for(state="detached")
    form.get_by_label("Budget in tokens", exact=True).fill("900,000")
    preview.get_by_text("repeats").first.wait_for()

    page.get_by_role("button", name="Add a stream").click()
    page.get_by_role("heading", name="Stream 2").wait_for()
    page.wait_for_function("() => document.activeElement.name === 'phases-0-streams-1-name'")
    assert form.get_by_label("Ratio", exact=True).input_value() == "0.6"
    form.get_by_label("Weight", exact=True).nth(0).fill("3")
    page.get_by_text("75.0 %").first.wait_for()
    form.get_by_label("Weight", exact=True).nth(1).fill("-1")
    page.get_by_role("button", name="Save the curriculum").click()
    page.get_by_text("Nothing was saved.").wait_for()
    assert form.get_by_label("Layers", exact=True).input_value() == "3"
    form.get_by_label("Weight", exact=True).nth(1).fill("1")
    form.get_by_label("Budget in tokens", exact=True).fill("8,000")
    form.get_by_label("Budget in tokens", exact=True).press("Enter")
    # saved: no button that comes before was taken for it
    page.get_by_role("heading", name="Code by SAW").wait_for()

    page.get_by_role("link", name="Edit").click()
    page.locator("#builder").get_by_label("Layers").fill("5")
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_text("version 2").first.wait_for()
    digest = page.locator("#curriculum-digest").get_attribute("title")
    text = page.locator("#yaml").inner_text()
    page.goto(reverse("curricula:detail", args=[factories.curricula.Curriculum.objects.get().pk]))
    row = page.locator("#differences tr", has_text="layers")
    assert row.inner_text().split("\t")[1:] == ["3", "5"]

    page.goto(reverse("curricula:import", args=[project.pk]))
    page.get_by_label("Name").fill("Again")
    page.get_by_label("Document").fill(text)
    page.get_by_role("button", name="Import").click()
    page.get_by_role("heading", name="Again").wait_for()
    assert page.locator("#curriculum-digest").get_attribute("title") == digest
    page.get_by_role("button", name="Resolve plan").click()
    page.get_by_text("The plan under seed 0 is in the queue.").wait_for()


def test_the_builder_fits_a_phone(open_page, data, project, alice):
    version = factories.phased_curriculum(data, alice)
    page = open_page(alice, width=390, height=844, is_mobile=True, has_touch=True, color_scheme="dark")
    page.goto(reverse("curricula:edit", args=[version.curriculum_id]))
    page.wait_for_selector("#preview .streams")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
