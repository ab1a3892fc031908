"""Fixtures that tests of pages share."""

import pytest

from tests.apps import recorded


@pytest.fixture
def data(alice, project):
    """Two small datasets with tokens and score sets in Alice's project."""
    return recorded.data(by=alice, project=project, samples=40)


@pytest.fixture
def study(alice, project):
    """A finished study in Alice's project."""
    return recorded.study(by=alice, project=project, samples=40)


@pytest.fixture
def signed_in(client):
    """``signed_in(alice)`` is a client whose requests are Alice's."""

    def sign_in(person):
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@pytest.fixture
def htmx():
    """Headers of a request that htmx makes."""
    return {"HX-Request": "true"}


@pytest.fixture
def everything(alice, project):
    """The study, and a row of every other kind that an address can name."""
    return recorded.everything(by=alice, project=project, samples=40)
