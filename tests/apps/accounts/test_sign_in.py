import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def test_signing_in_leads_to_the_page_that_was_asked_for(client, alice, project):
    wanted = f"/projects/{project.pk}/"
    assert client.get(wanted).headers["Location"] == f"/accounts/login/?next={wanted}"
    answer = client.post("/accounts/login/", {"username": "alice", "password": PASSWORD, "next": wanted})
    assert answer.headers["Location"] == wanted


def test_a_foreign_address_is_not_followed_after_signing_in(client, alice):
    answer = client.post(
        "/accounts/login/", {"username": "alice", "password": PASSWORD, "next": "https://elsewhere.example"}
    )
    assert answer.headers["Location"] == "/"


def test_a_wrong_password_is_said_in_words_and_the_name_is_kept(client, alice):
    page = client.post("/accounts/login/", {"username": "alice", "password": "wrong"}).content.decode()
    assert "do not belong together" in page
    assert 'value="alice"' in page


def test_five_wrong_passwords_lock_the_name_and_the_page_says_so(client, alice, bob):
    for _ in range(5):
        answer = client.post("/accounts/login/", {"username": "alice", "password": "wrong"})
    assert answer.status_code == 429
    assert "Too many attempts" in answer.content.decode()
    assert client.post("/accounts/login/", {"username": "alice", "password": PASSWORD}).status_code == 429
    assert client.post("/accounts/login/", {"username": "bob", "password": PASSWORD}).status_code == 302


def test_signing_out_is_a_post(signed_in, alice):
    client = signed_in(alice)
    assert client.get(reverse("logout")).status_code == 405
    assert client.post(reverse("logout")).headers["Location"] == "/"
    assert "Decide what a model" in client.get("/").content.decode()
