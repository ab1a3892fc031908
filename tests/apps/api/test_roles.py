"""Every operation of the written schema, tried by everybody: owner, editor, viewer, stranger, and a token that may read."""

from pathlib import Path

import pytest
import yaml
from django.test import Client

from apps.accounts import tokens
from apps.accounts.models import Project
from apps.jobs.models import Job
from tests.apps.site.test_doors import first_of_each, kind

pytestmark = pytest.mark.django_db
SCHEMA = yaml.safe_load((Path(__file__).resolve().parents[3] / "docs/openapi.yaml").read_text())
OPERATIONS = [
    (path, method, operation["operationId"])
    for path, operations in SCHEMA["paths"].items()
    for method, operation in operations.items()
]
#: What cannot be taken back comes last: whatever else is done to the row needs it.
OPERATIONS.sort(key=lambda row: row[2] == "webhooks_delete")
#: Without the trash: what one walk puts there, the next step would miss; tests/apps/trash is about it.
WRITES = [row for row in OPERATIONS if row[1] != "get" and "{id}" in row[0] and not row[2].startswith("trash_")]
OWNERS_ONLY = {"members_change", "members_remove", "invitations_revoke", "projects_invitations_create"}
OWNERS_ONLY |= {"projects_webhooks_create", "webhooks_change", "webhooks_delete", "webhooks_test"}
#: Who is invited, and who did what, is for owners' eyes, as on the pages.
OWNERS_READ = {"projects_invitations_list", "projects_audit_list", "projects_webhooks_list"}
OWNERS_READ |= {"webhooks_read", "webhooks_deliveries_list"}
#: A person's own marks, which a viewer has, too.
OWN = {"runs_star", "runs_unstar"}
#: Made-up runs have no checkpoint in the store: its files are 404 for everybody here.
ABSENT = {"checkpoints_file"}
#: Nothing lies in the trash here: these find nothing for anybody.
OF_TRASHED = {row[2] for row in OPERATIONS if row[2].startswith("trash_") and row[2].endswith(("_delete", "_restore"))}
QUERY = {"runs_series": "?names=train/loss", "files_append": "?offset=0", "curriculum_versions_diff": "?before={id}"}
BYTES = {"files_append", "projects_score_files_create", "projects_tokenizers_bring", "projects_suites_bring"}


@pytest.fixture
def keys(everything):
    """A key of every kind of row that an address can name, by kind."""
    return first_of_each()


def ask(client, keys, path, method, name) -> set[int]:
    """What the operation answers for a key of its own kind, and for one of another."""
    found = set()
    for key in tried(keys, path):
        address = (path + QUERY.get(name, "")).replace("{id}", str(key)).replace("{name}", "training-loss")
        address = address.replace("{step}", "1")
        body = {} if method == "get" else {"data": "{}", "content_type": "application/json"}
        if name in BYTES:
            body = {"data": b'{"text":1}', "content_type": "application/octet-stream"}
        found.add(getattr(client, method)(address, **body).status_code)
    return found


def tried(keys, path) -> list:
    if "{id}" not in path:
        return [""]
    own = kind(path.removeprefix("/"))
    return keys[own] + keys[Job if own is Project else Project]


def test_the_schema_names_what_the_pages_do():
    assert len(OPERATIONS) >= 50
    assert len(WRITES) >= 20


def test_a_stranger_finds_nothing(keys, signed_in, charlie):
    client = signed_in(charlie)
    wrong = {
        name: codes
        for path, method, name in OPERATIONS
        if "{id}" in path and (codes := ask(client, keys, path, method, name)) != {404}
    }
    assert wrong == {}


def test_a_viewer_reads_everything_and_starts_nothing(keys, signed_in, vera, everything):
    client = signed_in(vera)
    before = everything.project.jobs.count()
    for path, method, name in OPERATIONS:
        if "{id}" not in path:
            continue
        codes = ask(client, keys, path, method, name)
        if name in OF_TRASHED:
            assert codes == {404}, name
        elif name in OWN:
            assert codes == {204, 404}, name
        elif method != "get" or name in OWNERS_READ:
            assert codes == {403, 404}, name
        else:
            assert (200 in codes or name in ABSENT) and codes <= {200, 400, 404}, name
    assert everything.project.jobs.count() == before


def test_an_editor_may_do_all_but_decide_about_members(keys, signed_in, bob):
    client = signed_in(bob)
    assert ask(client, keys, "/api/v1/projects/{id}/invitations/", "get", "projects_invitations_list") == {403, 404}
    for path, method, name in WRITES:
        codes = ask(client, keys, path, method, name)
        if name in OWNERS_ONLY:
            assert codes == {403, 404}, name
        else:
            assert 403 not in codes and codes & {200, 201, 204, 400, 409}, name


def test_an_owner_may_do_all(keys, signed_in, alice):
    client = signed_in(alice)
    assert 200 in ask(client, keys, "/api/v1/projects/{id}/invitations/", "get", "projects_invitations_list")
    for path, method, name in WRITES:
        codes = ask(client, keys, path, method, name)
        assert 403 not in codes and codes & {200, 201, 204, 400, 409}, name


def test_a_token_that_may_read_writes_nothing_whoever_it_is(keys, alice):
    _, secret = tokens.create_token(user=alice, name="reader", scope="read")
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    for path, method, name in OPERATIONS:
        if method == "get" and "{id}" in path:
            assert 200 in ask(client, keys, path, method, name) or name in ABSENT, name
        elif method != "get":
            assert ask(client, keys, path, method, name) == {403}, name


def test_the_signed_out_get_401_everywhere(keys, client):
    for path, method, name in OPERATIONS:
        assert ask(client, keys, path, method, name) == {401}, name
