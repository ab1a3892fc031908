import pytest
from django.urls import reverse

from apps.accounts.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "a long unusual sentence"


def test_an_empty_installation_offers_its_first_account_and_then_never_again(client):
    assert reverse("accounts:set-up") in client.get("/").content.decode()
    assert client.get("/accounts/login/").headers["Location"] == "/setup/"
    answer = client.post("/setup/", {"username": "ada", "password": PASSWORD}, follow=True)
    assert "Start with a question" in answer.content.decode()
    assert User.objects.get().check_password(PASSWORD)
    assert User.objects.get().is_staff
    for method in (client.get, client.post):
        assert method("/setup/").status_code == 404
    client.logout()
    assert reverse("accounts:set-up") not in client.get("/").content.decode()


def test_a_weak_password_is_refused_at_its_field_and_the_name_is_kept(client):
    page = client.post("/setup/", {"username": "ada", "password": "password12"}).content.decode()
    assert "too common" in page
    assert 'value="ada"' in page
    assert not User.objects.exists()


def test_production_makes_the_first_account_only_for_who_knows_the_key(client, settings):
    settings.PRODUCTION, settings.SETUP_KEY = True, ""
    assert "createsuperuser" in client.get("/setup/").content.decode()
    client.post("/setup/", {"username": "ada", "password": PASSWORD})
    assert not User.objects.exists()
    settings.SETUP_KEY = "sesame"
    page = client.post("/setup/", {"username": "ada", "password": PASSWORD, "key": "open"}).content.decode()
    assert "not the set-up key" in page
    client.post("/setup/", {"username": "ada", "password": PASSWORD, "key": "sesame"})
    assert User.objects.get().username == "ada"


def test_nobody_signs_up_unless_the_installation_says_so(client, alice, settings):
    assert client.get("/accounts/sign-up/").status_code == 404
    assert client.post("/accounts/sign-up/", {"username": "eve", "password": PASSWORD}).status_code == 404
    settings.OPEN_SIGNUP = True
    page = client.post("/accounts/sign-up/", {"username": "ALICE", "password": PASSWORD}).content.decode()
    assert "Somebody has this user name already" in page
    assert client.post("/accounts/sign-up/", {"username": "eve", "password": PASSWORD}).headers["Location"] == "/"
    assert not User.objects.get(username="eve").is_staff


def test_another_spelling_of_a_taken_name_is_refused_at_its_field(client, alice, settings):
    settings.OPEN_SIGNUP = True
    page = client.post("/accounts/sign-up/", {"username": "ａlice", "password": PASSWORD}).content.decode()
    assert "Somebody has this user name already" in page
    assert User.objects.filter(username="alice").count() == 1
