"""The builder on a phone; how one is built there is journey J4."""

import pytest
from django.urls import reverse

from tests.apps import factories, recorded


@pytest.fixture
def data(project, alice):
    return recorded.data(by=alice, project=project, samples=60)


def test_the_builder_fits_a_phone(open_page, data, project, alice):
    version = factories.phased_curriculum(data, alice)
    page = open_page(alice, width=390, height=844, is_mobile=True, has_touch=True, color_scheme="dark")
    page.goto(reverse("curricula:edit", args=[version.curriculum_id]))
    page.wait_for_selector("#preview .streams")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
