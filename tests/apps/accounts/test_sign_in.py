import pytest
from django.core.cache import cache
from django.urls import reverse

from apps.accounts.models import User
from apps.common import visitors

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


@pytest.fixture
def twice_a_minute(settings, monkeypatch):
    """Two tries, all of them within one minute of the clock."""
    settings.SIGN_INS, settings.OPEN_SIGNUP = 2, True
    monkeypatch.setattr(visitors, "time", type("clock", (), {"time": staticmethod(lambda: 1_000_000.0)}))
    cache.clear()


def test_an_address_that_tries_many_names_waits_a_minute_and_others_do_not(client, alice, twice_a_minute):
    words = {"username": "alice", "password": PASSWORD}
    for name in ("eve", "mallory"):
        assert client.post("/accounts/login/", {"username": name, "password": "wrong"}).status_code == 200
    refused = client.post("/accounts/login/", words)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "60"
    assert "Wait a minute" in refused.content.decode()
    assert client.get("/accounts/login/").status_code == 200
    assert client.post("/accounts/login/", words, REMOTE_ADDR="198.51.100.8").status_code == 302


@pytest.mark.parametrize("door", ["/setup/", "/accounts/sign-up/", "/join/"])
def test_every_door_that_takes_a_new_password_is_counted(client, twice_a_minute, door):
    for _ in range(2):
        assert client.post(door, {"username": "eve", "password": "short"}).status_code in (200, 404)
    assert client.post(door, {"username": "eve", "password": PASSWORD}).status_code == 429
    assert not User.objects.exists()
