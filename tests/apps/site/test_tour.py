"""The tour of the demo project: a step for each person, put away and taken up again."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.site.demo.tour import STEPS

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(study):
    study.project.is_demo = True
    study.project.save()
    return study


def press(client, project, to):
    return client.post(reverse("demo-tour"), {"project": str(project.pk), "to": to}, follow=True)


def test_it_leads_through_what_the_demo_made(demo, alice, signed_in):
    client = signed_in(alice)
    page = client.get(reverse("accounts:project", args=[demo.project.pk]))
    for number, step in enumerate(STEPS, 1):
        text = page.content.decode()
        assert page.status_code == 200
        assert f"Tour, {number} of {len(STEPS)}" in text
        assert step.title in text
        assert "That is not there yet" not in text
        page = press(client, demo.project, "next")
    assert "Take the tour again" in page.content.decode()
    assert f"Tour, 1 of {len(STEPS)}" in press(client, demo.project, "begin").content.decode()


def test_on_a_page_that_a_step_is_not_about_it_takes_one_line(demo, alice, signed_in):
    client = signed_in(alice)
    step = STEPS[0]
    about = client.get(reverse(step.page, args=[demo.project.pk])).content.decode()
    assert step.words in about
    assert "Show me" not in about
    elsewhere = client.get(reverse("runs:list", args=[demo.project.pk])).content.decode()
    assert step.title in elsewhere
    assert step.words not in elsewhere
    assert "Show me" in elsewhere


def test_it_is_put_away_and_taken_up_where_it_was_by_each_person_alone(demo, alice, bob, signed_in):
    client = signed_in(alice)
    press(client, demo.project, "next")
    text = press(client, demo.project, "hide").content.decode()
    assert 'class="tour"' not in text
    assert f"Go on with the tour (2 of {len(STEPS)})" in text
    assert f"Tour, 2 of {len(STEPS)}" in press(client, demo.project, "resume").content.decode()
    assert f"Tour, 1 of {len(STEPS)}" in press(client, demo.project, "back").content.decode()
    bob.refresh_from_db()
    assert (bob.tour_step, bob.tour_hidden) == (0, False)


def test_a_button_that_is_pressed_twice_leads_one_step_further(demo, alice, signed_in):
    client = signed_in(alice)
    address = reverse("demo-tour")
    for _ in range(2):
        client.post(address, {"project": str(demo.project.pk), "to": "next", "at": "1"})
    alice.refresh_from_db()
    assert alice.tour_step == 1
    client.post(address, {"project": str(demo.project.pk), "to": "back", "at": "nonsense"})
    alice.refresh_from_db()
    assert alice.tour_step == 0


def test_what_the_demo_has_not_made_yet_is_said(project, alice, signed_in):
    project.is_demo = True
    project.save()
    assert "That is not there yet" in press(signed_in(alice), project, "next").content.decode()


def test_other_projects_have_none_and_it_costs_no_query(study, alice, charlie, signed_in):
    client = signed_in(alice)
    address = reverse("runs:list", args=[study.project.pk])
    with CaptureQueriesContext(connection) as without:
        assert 'class="tour"' not in client.get(address).content.decode()
    assert press(client, study.project, "next").status_code == 404
    assert client.post(reverse("demo-tour"), {"project": "nonsense", "to": "next"}).status_code == 404
    study.project.is_demo = True
    study.project.save()
    with CaptureQueriesContext(connection) as with_it:
        assert 'class="tour"' in client.get(address).content.decode()
    assert len(with_it) == len(without)
    assert press(signed_in(charlie), study.project, "next").status_code == 404
