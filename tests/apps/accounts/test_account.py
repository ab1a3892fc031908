from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts import tokens
from apps.accounts.models import ApiToken, User

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
ASKED = {"name": "nightly", "scope": "write", "days": "30", "password": PASSWORD}


def bearer(secret) -> dict:
    return {"Authorization": f"Bearer {secret}"}


def test_a_password_is_changed_by_who_knows_the_old_one(signed_in, alice):
    client = signed_in(alice)
    wrong = {"password": "guess", "new": "a long unusual sentence", "again": "a long unusual sentence"}
    assert "This is not your password." in client.post("/account/password/", wrong).content.decode()
    short = {"password": PASSWORD, "new": "short", "again": "short"}
    assert "too short" in client.post("/account/password/", short).content.decode()
    unlike = {"password": PASSWORD, "new": "a long unusual sentence", "again": "another"}
    assert "not the same" in client.post("/account/password/", unlike).content.decode()
    assert client.post("/account/password/", {**wrong, "password": PASSWORD}).headers["Location"] == "/account/"
    assert User.objects.get(pk=alice.pk).check_password("a long unusual sentence")
    assert client.get("/account/").status_code == 200, "this browser stays signed in"


def test_guessing_the_password_there_locks_it_like_the_sign_in_page(signed_in, alice):
    client = signed_in(alice)
    for _ in range(6):
        answer = client.post("/account/tokens/", {**ASKED, "password": "guess"})
    assert answer.status_code == 429
    assert not ApiToken.objects.exists()


def test_a_token_is_shown_once_and_only_its_hash_is_kept(signed_in, alice):
    client = signed_in(alice)
    page = client.post("/account/tokens/", ASKED)
    secret = page.context["secret"]
    assert secret.startswith("grd_")
    assert len(secret) >= 47
    assert secret in page.content.decode()
    token = ApiToken.objects.get()
    assert token.token_hash == tokens.hash_of(secret)
    assert secret not in (token.prefix, token.name)
    again = client.get("/account/").content.decode()
    assert secret not in again
    assert token.prefix in again


@pytest.mark.parametrize(("field", "value"), [("name", ""), ("scope", "all"), ("days", "0"), ("password", "guess")])
def test_a_token_is_refused_at_its_field_and_nothing_is_lost(signed_in, alice, field, value):
    page = signed_in(alice).post("/account/tokens/", {**ASKED, field: value})
    assert page.context["token_form"].errors.keys() == {field}
    assert field == "name" or 'value="nightly"' in page.content.decode()
    assert not ApiToken.objects.exists()


def test_a_token_is_its_owner_until_it_is_revoked(signed_in, alice, project):
    token, secret = tokens.create_token(user=alice, name="script", scope="read")
    script = Client(headers=bearer(secret))
    assert script.get("/api/v1/projects/").json()["count"] == 1
    token.refresh_from_db()
    assert token.last_used_at is not None
    signed_in(alice).post(f"/account/tokens/{token.pk}/revoke/")
    answer = script.get("/api/v1/projects/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize("spoil", ["age", "person", "invent"])
def test_an_old_unknown_or_orphaned_token_is_refused(alice, spoil):
    token, secret = tokens.create_token(user=alice, name="script")
    if spoil == "age":
        ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif spoil == "person":
        User.objects.update(is_active=False)
    else:
        secret = "grd_" + "x" * 43
    assert Client(headers=bearer(secret)).get("/api/v1/projects/").status_code == 401


def test_a_token_opens_no_page_and_not_from_an_address(alice, project):
    _, secret = tokens.create_token(user=alice, name="script")
    assert Client(headers=bearer(secret)).get("/account/").status_code == 302
    assert Client().get("/api/v1/projects/", {"token": secret, "access_token": secret}).status_code == 401


def test_another_persons_token_cannot_be_revoked(signed_in, alice, charlie):
    token, _ = tokens.create_token(user=alice, name="script")
    address = f"/account/tokens/{token.pk}/revoke/"
    assert signed_in(charlie).get(address).status_code == signed_in(charlie).post(address).status_code == 404
    assert f"Scripts that send {token.prefix}" in signed_in(alice).get(address).content.decode()
    assert tokens.tokens_of(alice).exists()
