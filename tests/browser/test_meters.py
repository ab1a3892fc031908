"""Guideline meters follow the builder's fields and its batch, remarks stand at their fields, a plan's meters come by themselves."""

import pytest
from django.urls import reverse

from apps.curricula import services
from tests.apps import factories, recorded


@pytest.fixture
def version(project, alice):
    data = recorded.data(by=alice, project=project, samples=60)
    made = factories.phased_curriculum(data, alice)
    factories.done(services.plan_version(version=made, seed=0, by=alice))
    return made


def test_meters_and_remarks_follow_what_is_typed(open_page, version, alice):
    page = open_page(alice)
    page.set_default_timeout(60_000)
    page.goto(reverse("curricula:edit", args=[version.curriculum_id]))
    preview, batch = page.locator("#preview"), page.get_by_label("Batch, in samples")
    diversity = preview.locator(".gauges > div", has_text="Local diversity").first
    before = diversity.inner_text()
    batch.fill("2")
    page.wait_for_function(
        "before => ![...document.querySelectorAll('#preview .gauges > div')].some(d => d.innerText === before)",
        arg=before,
    )
    preview.locator("details.meters > summary").first.click()
    layers = page.locator("#builder").get_by_label("Layers", exact=True).first
    layers.fill("2")
    remark = page.locator("#builder .field", has=page.get_by_label("Layers", exact=True)).locator(".remark")
    remark.wait_for()
    assert "even number" in remark.inner_text()
    assert preview.locator("details.meters").first.get_attribute("open") is None  # what was closed stays so
    layers.fill("3")
    remark.wait_for(state="detached")
    batch.fill("many")
    page.locator(".meters-batch .error").wait_for()
    batch.fill("8")
    page.locator(".meters-batch .error").wait_for(state="detached")


def test_a_versions_page_brings_the_meters_of_its_plan_and_measures_another_batch(open_page, version, alice):
    page = open_page(alice, width=390)
    page.set_default_timeout(60_000)
    page.goto(reverse("curricula:version", args=[version.pk]))
    meters = page.locator("#plan-meters")
    meters.get_by_text("batches of 16 × 128 tokens").wait_for()
    meters.get_by_label("Sequences in a batch").fill("2")
    meters.get_by_role("button", name="Measure").click()
    page.locator("#plan-meters").get_by_text("batches of 2 × 128 tokens").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
