"""The first page of a person: what needs them, what runs, and what is over since they looked."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import Project, Role
from apps.jobs import endings
from apps.shares.models import ShareLink
from apps.site import home
from tests.apps.jobs.making import claim, job, succeed

pytestmark = pytest.mark.django_db


def titles(part):
    return [row.title for row in part.rows]


def test_it_says_what_runs_what_is_over_and_what_failed(project, alice):
    job(project, alice, title="Import prose")
    succeed(claim())
    job(project, alice, title="Train replay")
    endings.fail(claim(), reason="The memory was not enough.")
    job(project, alice, title="Train alone")
    claim()
    job(project, alice, title="waits")
    found = home.page(alice)
    assert titles(found["running"]) == ["Train alone"]
    assert found["queued"] == 1
    assert titles(found["finished"]) == ["Import prose"]
    assert titles(found["needs"]["failed"]) == ["Train replay"]


def test_what_runs_is_everybodys_and_what_is_over_is_ones_own(project, alice, bob, charlie):
    job(project, alice, title="over")
    succeed(claim())
    job(project, alice, title="running")
    claim()
    assert titles(home.page(bob)["running"]) == ["running"]
    assert titles(home.page(bob)["finished"]) == []
    assert titles(home.page(charlie)["running"]) == []


def test_what_one_looked_at_needs_one_no_more(project, alice, signed_in):
    failed = job(project, alice, title="Train replay")
    endings.fail(claim(), reason="No.")
    client = signed_in(alice)
    assert "Train replay" in client.get("/").content.decode()
    client.get(f"/notices/{failed.pk}/")
    page = client.get("/").content.decode()
    assert "Train replay" not in page
    assert "Needs you" not in page


def test_links_that_close_soon_are_told_to_whoever_made_them_and_to_owners(project, alice, bob, vera):
    now = timezone.now()

    def link(title, days, by, **more):
        made = {"project": project, "title": title, "token_hash": title, "created_by": by, "runs": []}
        ShareLink.objects.create(**made, expires_at=now + timedelta(days=days), **more)

    link("soon", 1, bob)
    link("later", 9, bob)
    link("over", -1, bob)
    link("revoked", 1, bob, revoked_at=now)
    assert titles(home.needs(alice)["links"]) == ["soon"]
    assert titles(home.needs(bob)["links"]) == ["soon"]
    assert titles(home.needs(vera)["links"]) == []


def test_a_full_disk_is_for_staff(project, alice, settings):
    settings.DISK_KEPT_FREE = 1 << 62
    assert home.needs(alice)["disk"] is None
    alice.is_staff = True
    assert home.needs(alice)["disk"] > 0


def test_it_costs_as_much_with_many_rows_as_with_few(project, alice, signed_in):
    client = signed_in(alice)
    client.get("/")

    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get("/")
        return len(queries)

    def more():
        for n in range(4):
            other = Project.objects.create(name=f"Other {n}")
            other.memberships.create(user=alice, role=Role.OWNER)
            job(other, alice, title="over")
            succeed(claim())
            job(other, alice, title="failed")
            endings.fail(claim(), reason="No.")
            job(other, alice, title="running")
            claim()

    more()
    few = cost()
    more()
    assert cost() == few <= 12


def test_it_asks_for_itself_alone(project, alice, signed_in, htmx):
    piece = signed_in(alice).get("/", headers=htmx).content.decode()
    assert piece.lstrip().startswith('<div id="live"')
    assert 'data-poll="30"' in piece
