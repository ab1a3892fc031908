"""No address, body or field with a NUL reaches the database."""

import pytest
from django.urls import reverse

from apps.datasets.models import SourceFile

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/?q=%00", "/accounts/login/?next=/a%00b", "/pro%00jects/", "/s/%00"])
def test_an_address_with_a_nul_is_answered_by_the_page_for_what_cannot_be_read(client, address):
    answer = client.get(address)
    assert answer.status_code == 400
    assert "This request could not be read" in answer.content.decode()


@pytest.mark.parametrize("address", ["/api/v1/projects/?limit=%00", "/api/v1/me%00"])
def test_the_api_answers_with_a_problem(client, address):
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["status"] == 400
    assert "NUL" in answer.json()["detail"]


def test_a_percent_sign_that_is_meant_so_is_none(client):
    assert client.get("/?q=%2500").status_code == 200


def test_the_fingerprint_of_an_upload_holds_no_nul(signed_in, bob, project):
    asked = {"name": "math.jsonl", "size": 9, "fingerprint": "a\x00b"}
    answer = signed_in(bob).post(reverse("datasets:start-upload", args=[project.pk]), asked)
    assert answer.status_code == 400
    assert "fingerprint" in answer.json()["error"]
    assert not SourceFile.objects.exists()


@pytest.mark.parametrize("name", ["text", "domain_name"])
def test_a_mapping_over_the_api_holds_no_nul(signed_in, bob, project, name):
    file = SourceFile.objects.create(project=project, created_by=bob, name="a.jsonl", size=9, complete=True)
    body = {"name": "Mixed", "file": str(file.pk), "mapping": {name: "a\x00b"}}
    answer = signed_in(bob).post(f"/api/v1/projects/{project.pk}/versions/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["field"]) == (400, f"mapping.{name}")
    assert not project.datasets.exists()


def test_a_cookie_that_spells_a_nul_is_no_session(client):
    client.cookies.load({"sessionid": "abcdefgh\x00i"})
    assert client.get("/").status_code == 200
