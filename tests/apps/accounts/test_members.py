from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts import members
from apps.accounts.models import Invitation, Membership, Project, Role, User
from gradatim.errors import UserError
from tests.apps import factories

pytestmark = pytest.mark.django_db
PASSWORD = "a long unusual sentence"


def membership(user) -> Membership:
    return Membership.objects.get(user=user)


def invited(client, project, role="viewer") -> str:
    """The path of an invitation that the signed-in owner makes."""
    page = client.post(reverse("accounts:invite", args=[project.pk]), {"role": role})
    return page.context["invitation_url"].removeprefix("http://127.0.0.1:8000")


def test_owners_see_roles_to_set_and_others_read_them(signed_in, project, alice, bob, vera):
    address = reverse("accounts:members", args=[project.pk])
    assert "Make an invitation link" in signed_in(alice).get(address).content.decode()
    for person in (bob, vera):
        page = signed_in(person).get(address).content.decode()
        assert "alice" in page
        assert "<select" not in page
        assert "Make an invitation link" not in page


def test_only_owners_write(signed_in, project, alice, bob, vera):
    invitation, _ = members.invite(project=project, role=Role.VIEWER, by=alice)
    for person in (bob, vera):
        client = signed_in(person)
        for address in (
            reverse("accounts:change-role", args=[membership(alice).pk]),
            reverse("accounts:remove-member", args=[membership(alice).pk]),
            reverse("accounts:invite", args=[project.pk]),
            reverse("accounts:revoke-invitation", args=[invitation.pk]),
        ):
            assert client.post(address, {"role": "viewer"}).status_code == 403
    assert membership(alice).role == Role.OWNER
    assert Invitation.objects.get().revoked_at is None


def test_withdrawing_asks_first_and_says_what_ends(signed_in, project, alice, bob, charlie):
    invitation, _ = members.invite(project=project, role=Role.VIEWER, by=alice)
    address = reverse("accounts:revoke-invitation", args=[invitation.pk])
    for person, status in ((bob, 403), (charlie, 404), (alice, 200)):
        page = signed_in(person).get(address)
        assert page.status_code == status
    assert "opens nothing any more" in page.content.decode()
    assert "Made by alice" in page.content.decode()
    assert members.find_invitation(invitation.token_hash), "asking does nothing"
    signed_in(alice).post(address)
    assert members.find_invitation(invitation.token_hash) is None


def test_an_owner_changes_a_role_and_removes(signed_in, project, alice, bob):
    client = signed_in(alice)
    client.post(reverse("accounts:change-role", args=[membership(bob).pk]), {"role": "owner"})
    assert membership(bob).role == Role.OWNER
    client.post(reverse("accounts:remove-member", args=[membership(bob).pk]))
    assert not Project.objects.visible_to(bob).exists()


def test_the_last_owner_neither_leaves_nor_steps_down(signed_in, project, alice, bob):
    client = signed_in(alice)
    own = membership(alice)
    for address in (reverse("accounts:change-role", args=[own.pk]), reverse("accounts:remove-member", args=[own.pk])):
        page = client.post(address, {"role": "viewer"}).content.decode()
        assert "make somebody else an owner first" in page
    assert membership(alice).role == Role.OWNER


def test_anybody_else_leaves(signed_in, vera, project):
    answer = signed_in(vera).post(reverse("accounts:remove-member", args=[membership(vera).pk]))
    assert answer.headers["Location"] == "/"
    assert not Project.objects.visible_to(vera).exists()


def test_a_role_that_there_is_not_is_refused(signed_in, alice, bob):
    page = signed_in(alice).post(reverse("accounts:change-role", args=[membership(bob).pk]), {"role": "king"})
    assert "A role is one of" in page.content.decode()


def test_an_invitation_is_shown_once_and_stored_hashed(signed_in, project, alice):
    path = invited(signed_in(alice), project)
    token = path.rpartition("/")[2]
    assert len(token) >= 43
    assert Invitation.objects.get().token_hash == members.hash_of(token)
    page = signed_in(alice).get(reverse("accounts:members", args=[project.pk])).content.decode()
    assert token not in page
    assert "Open invitations" in page


def test_a_person_with_an_account_joins_with_one_button(signed_in, project, alice, charlie):
    path = invited(signed_in(alice), project, "editor")
    client = signed_in(charlie)
    opened = client.get(path)
    assert opened.headers["Location"] == reverse("accounts:join")
    assert not Membership.objects.filter(user=charlie).exists(), "opening a link changes nothing"
    assert "Join as charlie" in client.get("/join/").content.decode()
    assert client.post("/join/").headers["Location"] == f"/projects/{project.pk}/"
    assert membership(charlie).role == Role.EDITOR


def test_a_new_person_makes_an_account_and_is_in(client, signed_in, project, alice):
    path = invited(signed_in(alice), project)
    client.logout()
    client.get(path)
    page = client.post("/join/", {"username": "alice", "password": "short"}).content.decode()
    assert "Somebody has this user name already" in page
    assert 'value="alice"' in page
    page = client.post("/join/", {"username": "dora", "password": "short"}).content.decode()
    assert "too short" in page
    assert not User.objects.filter(username="dora").exists()
    answer = client.post("/join/", {"username": "dora", "password": PASSWORD}, follow=True)
    assert "You are in" in answer.content.decode()
    assert membership(User.objects.get(username="dora")).role == Role.VIEWER


def test_signing_in_on_the_way_leads_back_to_the_invitation(client, signed_in, project, alice, charlie):
    path = invited(signed_in(alice), project)
    client.logout()
    client.get(path)
    asked = {"username": "charlie", "password": "correct horse battery", "next": "/join/"}
    assert "Join as charlie" in client.post("/accounts/login/", asked, follow=True).content.decode()


@pytest.mark.parametrize("spoil", ["use", "revoke", "age", "invent"])
def test_a_used_withdrawn_old_or_unknown_invitation_opens_nothing(signed_in, project, alice, bob, charlie, spoil):
    invitation, url = members.invite(project=project, role=Role.VIEWER, by=alice)
    path = url.removeprefix("http://127.0.0.1:8000")
    if spoil == "use":
        Membership.objects.filter(user=bob).delete()
        members.accept_invitation(invitation=invitation, user=bob)
    elif spoil == "revoke":
        members.revoke_invitation(invitation=invitation, by=alice)
    elif spoil == "age":
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    else:
        path = "/join/" + "x" * 43
    page = signed_in(charlie).get(path, follow=True)
    assert page.status_code == 404
    assert "opens nothing" in page.content.decode()
    if spoil != "invent":
        with pytest.raises(UserError):
            members.accept_invitation(invitation=invitation, user=charlie)


def test_a_member_who_opens_an_invitation_keeps_their_role_and_leaves_it_to_another(project, alice, bob):
    invitation, _ = members.invite(project=project, role=Role.VIEWER, by=alice)
    assert members.accept_invitation(invitation=invitation, user=bob).role == Role.EDITOR
    assert members.find_invitation(invitation.token_hash) is not None


def test_the_page_costs_the_same_however_many_belong(signed_in, project, alice, bob, django_assert_num_queries):
    client, address = signed_in(alice), reverse("accounts:members", args=[project.pk])
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    for _ in range(4):
        factories.UserFactory().memberships.create(project=project, role=Role.VIEWER)
        members.invite(project=project, role=Role.VIEWER, by=alice)
    with django_assert_num_queries(len(queries)):
        client.get(address)


@pytest.mark.parametrize("leave", [True, False])
def test_invitations_of_an_owner_end_when_they_are_one_no_more(client, project, alice, bob, leave):
    mine = membership(bob)
    members.change_role(membership=mine, role=Role.OWNER, by=alice)
    kept, url = members.invite(project=project, role=Role.OWNER, by=alice)
    _, own = members.invite(project=project, role=Role.OWNER, by=bob)
    if leave:
        members.remove_member(membership=mine, by=alice)
    else:
        members.change_role(membership=mine, role=Role.EDITOR, by=alice)
    assert members.find_invitation(members.hash_of(own.rpartition("/")[2])) is None
    assert members.find_invitation(members.hash_of(url.rpartition("/")[2])) == kept


def test_coming_back_to_the_address_of_an_invitation_leads_to_the_members(signed_in, alice, project):
    answer = signed_in(alice).get(reverse("accounts:invite", args=[project.pk]))
    assert answer.url == reverse("accounts:members", args=[project.pk])
