"""The preview over the API."""

import json

import pytest
from django.urls import reverse

from apps.curricula.models import Curriculum
from tests.apps import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(data, alice):
    return factories.phased_curriculum(data, alice)


def send(client, operation, pk, **body):
    return client.post(reverse(f"api:{operation}", args=[pk]), json.dumps(body), content_type="application/json")


def test_a_draft_is_previewed_and_nothing_is_made(signed_in, bob, version):
    answer = send(signed_in(bob), "curriculum-preview", version.curriculum.project_id, draft=version.draft)
    assert answer.status_code == 200
    found = answer.json()
    shift = found["phases"][1]
    code = next(stream for stream in shift["streams"] if stream["name"] == "code")
    assert code["share"] == 0.75
    assert code["planned_tokens"] == 0.75 * shift["tokens"]
    assert 0 < code["kept"] < code["candidates"]
    assert code["passes"] == pytest.approx(code["planned_tokens"] / code["tokens"])
    assert code["order"]["samples"] == code["kept"]
    assert {row["dataset"] for row in found["domains"]} == {
        "Language reference, version 1",
        "Standard library code, version 1",
    }
    assert Curriculum.objects.count() == 1


def test_a_draft_that_the_data_refuse_is_a_problem_at_its_field(signed_in, bob, version):
    draft = json.loads(json.dumps(version.draft))
    draft["phases"][1]["streams"][1]["jitter_window"] = 5000
    for operation, more in (("curriculum-preview", {}), ("project-curricula", {"name": "x"})):
        answer = send(signed_in(bob), operation, version.curriculum.project_id, draft=draft, **more)
        assert answer.status_code == 400
        assert answer.json()["field"] == "phases.1.streams.1.jitter_window"


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        ({"phases": 5}, "phases"),
        ({"phases": [1]}, "phases.0"),
        ({"phases": [{"streams": {"a": 1}}]}, "phases.0.streams"),
        ({"phases": [{"streams": [3]}]}, "phases.0.streams.0"),
        ({"phases": [], "tokenizer": []}, "tokenizer"),
    ],
)
def test_a_draft_of_another_shape_is_refused_at_its_field(signed_in, bob, data, draft, field):
    answer = send(signed_in(bob), "curriculum-preview", data.project.pk, draft=draft)
    assert answer.status_code == 400
    assert answer.json()["field"] == field


@pytest.mark.parametrize("operation", ["curriculum-preview", "project-curricula"])
def test_scores_of_another_dataset_version_are_refused_at_their_field(signed_in, bob, data, version, operation):
    draft = json.loads(json.dumps(version.draft))
    at, stream = next(
        (f"phases.{i}.streams.{j}", stream)
        for i, phase in enumerate(draft["phases"])
        for j, stream in enumerate(phase["streams"])
        if stream.get("scores")
    )
    stream["dataset"] = str((data.prose if stream["dataset"] == str(data.code.pk) else data.code).pk)
    stream.pop("domains", None)
    answer = send(signed_in(bob), operation, data.project.pk, draft=draft, name="Mixed up")
    assert answer.status_code == 400
    assert answer.json()["field"] == f"{at}.scores"


@pytest.mark.parametrize(("name", "other"), [("dataset", "tokenizer"), ("scores", "dataset")])
def test_a_row_of_another_kind_is_refused_at_its_field(signed_in, bob, data, version, name, other):
    draft = json.loads(json.dumps(version.draft))
    stream = draft["phases"][0]["streams"][0]
    stream[name] = draft["tokenizer"] if other == "tokenizer" else stream["dataset"]
    answer = send(signed_in(bob), "curriculum-preview", data.project.pk, draft=draft)
    assert answer.status_code == 400
    assert answer.json()["field"] == f"phases.0.streams.0.{name}"
