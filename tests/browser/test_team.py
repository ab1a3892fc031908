"""An invitation becomes a viewer who can start nothing; a token works in a script until it is revoked."""

import os
from pathlib import Path

import pytest
from django.test import Client as Script

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "a long unusual sentence"
#: a folder for pictures of what the test sees; none are taken where it is not set
PICTURES = os.environ.get("GRADATIM_PICTURES", "")


def picture(page, name):
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def test_a_viewer_joins_by_a_link_and_starts_nothing(open_page, alice, bob, project, settings, live_server):
    settings.BASE_URL = live_server.url
    owner = open_page(alice)
    owner.goto(f"/projects/{project.pk}/")
    owner.get_by_role("link", name="Roles and invitations").click()
    owner.get_by_role("button", name="Make an invitation link").click()
    link = owner.get_by_label("Invitation link").input_value()
    picture(owner, "members")

    guest = open_page(width=390, color_scheme="dark")
    guest.goto(link)
    assert guest.url.endswith("/join/"), "the secret has left the address bar"
    guest.get_by_label("User name").fill("bob")
    guest.get_by_label("Password").fill(PASSWORD)
    guest.get_by_role("button", name="Create account and join").click()
    assert guest.get_by_text("Somebody has this user name already").is_visible()
    picture(guest, "join-390-dark")
    guest.get_by_label("User name").fill("vic")
    guest.get_by_label("Password").fill(PASSWORD)
    guest.get_by_role("button", name="Create account and join").click()
    guest.wait_for_url(f"**/projects/{project.pk}/")
    guest.get_by_role("link", name="Roles and invitations").click()
    assert guest.get_by_role("button").filter(has_text="Make an invitation").count() == 0
    picture(guest, "members-viewer-390-dark")
    assert guest.request.get(f"{live_server.url}/projects/{project.pk}/runs/").status == 200

    owner.set_viewport_size({"width": 390, "height": 800})
    owner.goto(f"/projects/{project.pk}/members/")
    picture(owner, "members-390")
    owner.get_by_label("Role of alice").select_option("viewer")
    owner.get_by_role("row", name="alice").get_by_role("button", name="Set").click()
    assert owner.get_by_text("make somebody else an owner first").is_visible()
    owner.get_by_role("button", name="Remove vic").click()
    assert owner.get_by_text("vic is removed.").is_visible()
    assert guest.request.get(f"{live_server.url}/projects/{project.pk}/").status == 404


def test_a_token_is_made_used_and_revoked(open_page, alice, project):
    page = open_page(alice, width=1440)
    page.goto("/")
    page.locator(".menu summary").click()
    page.get_by_role("link", name="Account and API tokens").click()
    page.get_by_label("Name").fill("nightly")
    page.get_by_label("Your password").first.fill("not this one")
    page.get_by_role("button", name="Create token").click()
    assert page.get_by_text("This is not your password.").is_visible()
    assert page.get_by_label("Name").input_value() == "nightly"
    page.get_by_label("Your password").first.fill("correct horse battery")
    page.get_by_role("button", name="Create token").click()
    script = Script(headers={"Authorization": f"Bearer {page.get_by_label('API token', exact=True).input_value()}"})
    picture(page, "account")
    assert script.get("/api/v1/projects/").json()["count"] == 1
    page.get_by_role("link", name="Revoke nightly").click()
    assert page.get_by_text("are refused (401) from their next request on").is_visible()
    picture(page, "revoke-token")
    page.get_by_role("button", name="Revoke the token").click()
    assert page.get_by_text("is revoked").is_visible()
    assert script.get("/api/v1/projects/").status_code == 401
    if PICTURES:
        page.set_viewport_size({"width": 390, "height": 800})
        picture(page, "account-390")
