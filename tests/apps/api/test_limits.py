"""Lists in a body have a longest length and lists in an answer come in pages."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

pytestmark = pytest.mark.django_db


def many(n: int) -> list[str]:
    return [str(uuid.uuid4()) for _ in range(n)]


@pytest.mark.parametrize(
    ("address", "field", "most"),
    [
        ("comparisons", "runs", 50),
        ("shares", "runs", 50),
        ("tokenizers", "versions", 100),
        ("runs", "evaluated_on", 100),
    ],
)
def test_more_ids_than_may_be_are_refused_in_words_and_none_is_looked_up(study, signed_in, alice, address, field, most):
    client, address = signed_in(alice), f"/api/v1/projects/{study.project.pk}/{address}/"
    asked = {
        "name": "Long",
        "title": "Long",
        "vocab_size": 300,
        "version": str(study.mixed.pk),
        "recipe": {"model": {"preset": "llama-1m"}},
        field: many(most + 1),
    }
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(address, asked, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["field"] == field
    assert f"at most {most}" in str(answer.json()["errors"][field])
    assert len(queries) < 10
    answer = client.post(address, asked | {field: many(most)}, content_type="application/json").json()
    assert "This project has no" in answer["errors"][field][0]


def test_ids_are_looked_up_together_and_stay_in_order(study, signed_in, alice):
    address = f"/api/v1/projects/{study.project.pk}/comparisons/"

    def save(runs) -> tuple[int, list[str]]:
        with CaptureQueriesContext(connection) as queries:
            answer = signed_in(alice).post(
                address, {"name": "x", "runs": [str(run.pk) for run in runs]}, content_type="application/json"
            )
        return len(queries), answer.json()["runs"]

    signed_in(alice)
    one, _ = save(study.arms[:1])
    three, runs = save([study.arms[2], study.arms[0], study.arms[2], study.base])
    assert one == three
    assert runs == [str(run.pk) for run in (study.arms[2], study.arms[0], study.base)]


@pytest.mark.parametrize("value", ["text", {"a": 1}, [1], ["x"], [None], [[]], []])
def test_what_is_no_list_of_ids_is_refused_at_its_field(study, signed_in, alice, value):
    address = f"/api/v1/projects/{study.project.pk}/comparisons/"
    answer = signed_in(alice).post(address, {"name": "x", "runs": value}, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["field"].startswith("runs")


def test_a_draft_with_too_many_phases_or_streams_is_refused_before_anything_is_looked_up(study, signed_in, alice):
    client = signed_in(alice)
    draft = study.mixed.draft
    for phases, field in (
        (draft["phases"] * 101, "phases"),
        ([{**draft["phases"][0], "streams": draft["phases"][0]["streams"] * 51}], "phases.0.streams"),
    ):
        asked = {"name": "Long", "draft": {**draft, "phases": phases}}
        answer = client.post(
            f"/api/v1/projects/{study.project.pk}/curricula/", asked, content_type="application/json"
        ).json()
        assert answer["field"] == field
        assert "at most 100" in answer["detail"]


@pytest.mark.parametrize(
    "address",
    [
        "versions/{code.pk}/exports/",
        "curricula/{mixed.curriculum_id}/versions/",
        "curriculum-versions/{mixed.pk}/plans/",
    ],
)
def test_every_list_comes_in_pages(everything, signed_in, vera, address):
    address = "/api/v1/" + address.format(code=everything.code, mixed=everything.mixed)
    found = signed_in(vera).get(address, {"limit": 1}).json()
    assert (found["count"], len(found["results"])) == (1, 1)
    assert signed_in(vera).get(address, {"offset": 1}).json()["results"] == []
    assert signed_in(vera).post(address, {}, content_type="application/json").status_code == 403


def test_a_body_that_is_too_large_is_refused_in_words(project, signed_in, alice):
    body = b'{"name": "' + b"x" * 3_000_000 + b'"}'
    answer = signed_in(alice).post("/api/v1/projects/", body, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")
    assert "larger than 2.6 MB" in answer.json()["detail"]
