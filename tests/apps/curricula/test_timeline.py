"""A draft on a line of tokens: its phases, its mixture with key-frames, and the rate of a run like those before."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.runs.models import Run
from tests.apps import factories
from tests.apps.curricula.test_preview import fields, look

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(data, alice):
    return factories.phased_curriculum(data, alice)


def of_version(client, version, **changes) -> dict:
    """The look at the form of a curriculum's next version."""
    page = client.get(reverse("curricula:edit", args=[version.curriculum_id]))
    sent = {field.html_name: field.value() for form in page.context["builder"].forms for field in form}
    sent = {name: value for name, value in sent.items() if value is not None} | {"against": str(version.pk)} | changes
    return client.post(reverse("curricula:preview", args=[version.curriculum.project_id]), sent).json()["timeline"]


def test_phases_are_as_wide_as_their_budgets_and_listed_with_all_that_is_drawn(signed_in, alice, version):
    drawn = of_version(signed_in(alice), version, **{"phases-1-tokens": "72,000"})
    assert drawn["phases"] == [{"name": "prose-first", "tokens": 24_000}, {"name": "shift", "tokens": 72_000}]
    prose, code = drawn["bands"]
    assert (prose["name"], code["name"]) == ("prose", "code")
    assert prose["path"].startswith("M0.0,0.0H80.0V28.0H0.0Z")
    assert code["path"] == "M80.0,7.0H320.0V28.0H80.0Z"
    assert 'href="#phase-1"' in drawn["html"]
    assert "prose-first</a>: <span" in drawn["html"]
    assert "24 k to 96 k" in drawn["html"]
    assert "Prose 25.0 %, code 75.0 %." in drawn["html"]
    assert drawn["rates"]["said"].startswith("prose-first: up to 0.003, ends at 0. shift: up to 0.003")
    assert "the form of a run starts with" in drawn["html"]
    assert drawn["rates"]["points"].split(" ")[-1].startswith("320.0,")


def test_key_frames_stand_where_they_are_in_all_tokens(signed_in, alice, version):
    frames = {
        "phases-1-mixture": "key_frames",
        "phases-1-mixture-of": "mixing.key_frames",
        "phases-1-mixture-frames": "0: prose 1\n50%: code 1",
        "phases-1-mixture-between": "linear",
    }
    drawn = of_version(signed_in(alice), version, **frames)
    assert drawn["frames"] == [0.5, 0.75]
    assert "Key-frames at 0.0 %, 50.0 % of it" in drawn["html"]
    assert "on average" in drawn["html"]
    broken = of_version(signed_in(alice), version, **frames | {"phases-1-mixture-frames": "1: law 1"})
    assert broken["frames"] == []
    assert len(broken["phases"]) == 2


@pytest.mark.parametrize("change", [{"phases-0-tokens": ""}, {"phases-0-tokens": "many"}, {"tokenizer": ""}])
def test_while_a_budget_cannot_be_read_nothing_is_drawn(signed_in, alice, data, change):
    assert look(signed_in(alice), data, **change)["timeline"] is None


def test_the_rate_is_that_of_the_newest_run_of_this_curriculum_then_of_the_project(signed_in, alice, data, version):
    client = signed_in(alice)
    own = factories.train(factories.run("Own", version, alice, [data.prose]), level=3.0, cost=0.1)
    schedules = [{"peak": 0.002, "floor": 0.001}, {"peak": 0.004}]
    Run.objects.filter(pk=own.pk).update(
        recipe=own.recipe | {"schedules": schedules}, created_at=timezone.now() - timedelta(days=1)
    )
    mixed = factories.mixed_curriculum(data, alice)
    factories.train(factories.run("Newer", mixed, alice, [data.prose]), level=3.0, cost=0.1)
    drawn = of_version(client, version)
    assert drawn["rates"]["most"] == "0.004"
    assert drawn["rates"]["said"].startswith("prose-first: up to 0.002, ends at 0.001.")
    assert ">Own</a> was trained; a run chooses its own" in drawn["html"]
    other = look(client, data, against="nothing")["timeline"]
    assert ">Newer</a> was trained, the project's newest run; " in other["html"]
    assert other["rates"]["most"] == "0.003"


def test_a_phase_that_a_recipe_does_not_know_is_trained_as_its_last(signed_in, alice, data, version):
    mixed = factories.mixed_curriculum(data, alice)
    run = factories.train(factories.run("One phase", mixed, alice, [data.prose]), level=3.0, cost=0.1)
    Run.objects.filter(pk=run.pk).update(recipe=run.recipe | {"schedules": [{"peak": 0.005}]})
    drawn = of_version(signed_in(alice), version)
    assert drawn["rates"]["said"].count("up to 0.005") == 2


def test_what_is_still_imported_has_its_place_and_no_shares(signed_in, alice, data):
    streams = fields(data)
    drawn = look(signed_in(alice), data, **{name: "" for name in streams if name.endswith("-dataset")})["timeline"]
    assert drawn["bands"] == []
    assert "No share known yet" in drawn["html"]
