"""How often one address may try share links."""

import pytest
from django.core.cache import cache

from apps.shares import services
from tests.apps.runs.builders import run_of


@pytest.fixture
def path(project, alice):
    _, url = services.create_share(project=project, title="A shift", runs=[run_of(project, alice, "Base").pk], by=alice)
    return url[url.index("/s/") :]


def test_too_many_tries_from_one_address_are_refused_and_not_counted_as_openings(client, path, settings, project):
    settings.SHARE_OPENS = 3
    cache.clear()
    addresses = ["/s/guess-1", "/s/guess-2", path, path]
    answers = [client.get(address, REMOTE_ADDR="198.51.100.7") for address in addresses]
    # A minute may have ended in between: then its count began anew.
    while answers[-1].status_code != 429 and len(answers) < 9:
        answers.append(client.get(path, REMOTE_ADDR="198.51.100.7"))
    refused = answers[-1]
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "60"
    assert refused.headers["Referrer-Policy"] == "no-referrer"
    assert "Wait a minute" in refused.content.decode()
    opened = sum(answer.status_code == 302 for answer in answers)
    assert project.shares.get().opens == opened
    assert client.get(path, REMOTE_ADDR="198.51.100.8").status_code == 302
