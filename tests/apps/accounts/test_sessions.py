"""Sessions end by idleness, and are not written at every request."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

pytestmark = pytest.mark.django_db


@pytest.fixture
def client_of_alice(signed_in, alice):
    return signed_in(alice)


@pytest.fixture
def left():
    """``left(0.5)`` makes half of the session's time pass; ``left()`` is the share of it that is left."""

    def left(share=None):
        row = Session.objects.get()
        if share is not None:
            row.expire_date = timezone.now() + timedelta(seconds=share * settings.SESSION_COOKIE_AGE)
            row.save()
        return (row.expire_date - timezone.now()).total_seconds() / settings.SESSION_COOKIE_AGE

    return left


def test_opening_a_page_renews_the_session_and_its_cookie(client_of_alice, left):
    left(0.5)
    answer = client_of_alice.get("/")
    assert left() > 0.99
    assert answer.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == settings.SESSION_COOKIE_AGE


def test_a_fresh_session_is_not_written(client_of_alice, left):
    left(0.95)
    with CaptureQueriesContext(connection) as queries:
        client_of_alice.get("/")
    assert not [query for query in queries if query["sql"].startswith("UPDATE")]


@pytest.mark.parametrize(("path", "headers"), [("/", {"HX-Request": "true"}), ("/api/v1/projects/", {})])
def test_a_page_that_refreshes_itself_keeps_nobody_signed_in(client_of_alice, left, path, headers):
    left(0.5)
    assert client_of_alice.get(path, headers=headers).status_code == 200
    assert left() < 0.51


def test_after_idleness_one_signs_in_again(client_of_alice, left, project):
    left(-0.01)
    answer = client_of_alice.get(f"/projects/{project.pk}/")
    assert answer.headers["Location"].startswith("/accounts/login/")
