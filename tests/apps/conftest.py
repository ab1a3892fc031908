"""Fixtures that tests of pages share."""

import pytest

from tests.apps import factories


@pytest.fixture
def data(alice, project):
    """Two small datasets with tokens and score sets in Alice's project."""
    return factories.data(by=alice, project=project, samples=40)


@pytest.fixture
def study(alice, project):
    """A finished study in Alice's project, small enough to be made in a second."""
    return factories.study(by=alice, project=project, samples=40)


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
def everything(study, alice):
    """The study, and a row of every other kind that an address can name."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from apps.accounts import members, tokens
    from apps.datasets import services as datasets
    from apps.datasets import sources
    from apps.shares import services as shares

    members.invite(project=study.project, role="viewer", by=alice)
    tokens.create_token(user=alice, name="script")
    shares.create_share(project=study.project, title="Shared", runs=[study.base.pk], by=alice)
    file = SimpleUploadedFile("more.jsonl", b'{"text": "one more"}')
    sources.upload_whole(project=study.project, upload=file, by=alice)
    factories.done(datasets.export_version(version=study.code, format="jsonl", selection={}, by=alice))
    return study
