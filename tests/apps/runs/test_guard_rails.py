"""Before training: an order whose best data meet a vanishing learning rate is told, and one click decays gently."""

import json

import pytest
from django.urls import reverse

from apps.curricula import trends
from apps.curricula.columns import columns_of
from apps.runs.models import Run
from tests.apps import factories


@pytest.fixture
def quality(data):
    """The code's compression ratio as a score of quality: the higher, the better."""
    return meaning(data, "better")


def meaning(data, word: str):
    data.ratio.artifact.meta["higher_means"] = word
    data.ratio.artifact.save()
    return data


def version_of(data, by, ordering: dict, *, passes=1.0):
    """Code alone, in an order over its scores, for so many passes."""
    tokens = int(columns_of(data.code, data.tokenizer)[0].lengths.sum() * passes)
    phase = factories.phase("main", {"code": data.code}, {"code": 1}, tokens=tokens, scores=data.ratio)
    phase["streams"][0] |= {"ordering": ordering, "jitter_window": 0}
    phase["streams"][0].pop("selection")
    return factories.curriculum(data.project, by, f"Code by {ordering['method']}", data.tokenizer, [phase])


def looked_at(client, version, **typed) -> dict:
    """What the page says beside the form once ``typed`` is in it."""
    page = reverse("runs:new", args=[version.curriculum.project_id])
    form = client.get(page, {"version": version.pk}).context["form"]
    values = {field.html_name: field.value() for field in form if field.value() not in (None, False)}
    return client.post(page, values | {"drawn_for": str(version.pk), "update": "forecast"} | typed)


def test_an_order_that_ends_with_the_best_data_is_told_unless_the_rate_stays_up(signed_in, alice, quality):
    version = version_of(quality, alice, {"method": "saw"})
    client = signed_in(alice)
    answer = looked_at(client, version)
    (warned,) = answer.context["warnings"]
    assert (warned.kind, warned.phase, warned.stream, warned.end) == ("best last", 0, "code", 0)
    assert warned.trend > 0.95
    page = answer.content.decode()
    assert "The best data of stream code come last" in page
    assert "their own best schedule, WSD" in page
    for typed in ({"schedules.0.floor": "3e-4"}, {"schedules.0.shape": "constant"}):
        assert looked_at(client, version, **typed).context["warnings"] == []
    assert len(looked_at(client, version, **{"schedules.0.floor": "2e-4"}).context["warnings"]) == 1


def test_one_click_lets_the_rate_end_at_a_third_of_its_peak_and_loses_nothing(signed_in, alice, quality, htmx):
    version = version_of(quality, alice, {"method": "stair"})
    client = signed_in(alice)
    typed = {"schedules.0.peak": "6e-3", "notes": "what I wrote", "batch_size": "7"}
    page = looked_at(client, version, **typed).content.decode()
    assert "Decay gently: end at 0.002" in page
    answer = looked_at(client, version, **typed, update="gentle:0")
    form = answer.context["form"]
    assert form["schedules.0.floor"].value() == "0.002"
    assert (form["notes"].value(), form["batch_size"].value()) == ("what I wrote", "7")
    assert answer.context["warnings"] == []
    assert not form.is_bound
    assert not Run.objects.exists()
    values = {field.html_name: field.value() for field in form if field.value() not in (None, False)}
    address = reverse("runs:new", args=[version.curriculum.project_id])
    asked = values | {"drawn_for": str(version.pk), "update": "gentle:0"}
    assert client.post(address, asked, headers=htmx).content.decode().lstrip().startswith("<form")


@pytest.mark.parametrize("asked", ["gentle:7", "gentle:", "gentle:x", "gentle:0"])
def test_a_decay_that_cannot_be_filled_in_changes_nothing(signed_in, alice, quality, asked):
    version = version_of(quality, alice, {"method": "stair"})
    answer = looked_at(signed_in(alice), version, **{"schedules.0.peak": "much", "update": asked})
    assert answer.status_code == 200
    assert answer.context["form"]["schedules.0.floor"].value() == "0"


@pytest.mark.parametrize(
    ("ordering", "passes"),
    [
        ({"method": "folding"}, 1.0),
        ({"method": "shuffle"}, 1.0),
        ({"method": "sorting"}, 4.0),
        ({"method": "zigzag"}, 1.0),
    ],
)
def test_orders_without_a_direction_and_orders_repeated_are_no_reason_to_warn(
    signed_in, alice, quality, ordering, passes
):
    version = version_of(quality, alice, ordering, passes=passes)
    assert looked_at(signed_in(alice), version).context["warnings"] == []


@pytest.mark.parametrize(
    ("word", "descending", "kind", "said"),
    [
        ("worse", True, "best last", "The best data of stream code come last (trend −1.00"),
        ("worse", False, "best first", "The best data of stream code come first"),
        ("harder", False, "hardest last", "if the hard samples are the good ones here"),
        ("neutral", False, "unknown last", "If its high scores are the better ones"),
        ("neutral", True, "unknown last", "If its low scores are the better ones"),
    ],
)
def test_what_is_said_follows_what_a_high_score_means(signed_in, alice, data, word, descending, kind, said):
    version = version_of(
        meaning(data, word), alice, {"method": "sorting", "params": {"descending": descending, "gumbel_temperature": 0}}
    )
    answer = looked_at(signed_in(alice), version)
    assert [warned.kind for warned in answer.context["warnings"]] == [kind]
    page = answer.content.decode()
    assert said in page
    assert ("Decay gently: end at" in page) == (kind != "best first")


def test_a_run_asked_for_over_the_api_is_queued_with_its_warnings(signed_in, alice, quality):
    version = version_of(quality, alice, {"method": "sorting"})
    address = reverse("api:project-runs", args=[quality.project.pk])
    body = {"name": "By quality", "version": str(version.pk), "recipe": {"model": {"preset": "llama-1m"}}}
    made = signed_in(alice).post(address, json.dumps(body), "application/json")
    assert made.status_code == 201
    (warned,) = made.json()[0]["warnings"]
    assert (warned["kind"], warned["floor"]) == ("best last", 0.000333)
    body["recipe"]["schedules"] = [{"peak": 1e-3, "floor": 5e-4}]
    assert signed_in(alice).post(address, json.dumps(body), "application/json").json()[0]["warnings"] == []


def test_a_trend_is_computed_once_and_not_at_every_key_that_is_pressed(signed_in, alice, quality, monkeypatch):
    version = version_of(quality, alice, {"method": "saw"})
    client = signed_in(alice)
    looked_at(client, version)
    monkeypatch.setattr(trends, "_trend", None)
    assert len(looked_at(client, version, notes="typing on").context["warnings"]) == 1


def test_data_that_are_still_being_made_say_nothing(signed_in, alice, quality):
    version = version_of(quality, alice, {"method": "saw"})
    type(quality.ratio).objects.filter(pk=quality.ratio.pk).update(artifact=None)
    type(quality.ratio.job).objects.filter(pk=quality.ratio.job_id).update(status="running")
    assert looked_at(signed_in(alice), version).context["warnings"] == []
