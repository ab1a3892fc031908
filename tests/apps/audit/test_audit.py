"""Who did what is recorded by the services, for good, and read by owners alone."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts import members, services, tokens
from apps.accounts.models import Membership
from apps.audit.models import AppendOnly, Entry
from apps.audit.services import record
from apps.datasets import sources
from apps.jobs import services as jobs
from apps.shares import services as shares
from gradatim.errors import UserError
from tests.apps import factories

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def kinds(**filters) -> list[str]:
    """Oldest first."""
    return list(Entry.objects.filter(**filters).order_by("id").values_list("kind", flat=True))


def last() -> Entry:
    return Entry.objects.order_by("-id").first()


# -- for good -----------------------------------------------------------------------------------------------------------
def test_the_orm_changes_and_deletes_nothing(project, alice):
    record(kind="project.create", by=alice, project=project, on=project, name=project.name)
    entry = last()
    entry.kind = "share.open"
    for change in (
        entry.save,
        entry.delete,
        Entry.objects.all().delete,
        lambda: Entry.objects.update(actor_name="bob"),
        lambda: Entry.objects.bulk_update([entry], ["kind"]),
    ):
        with pytest.raises(AppendOnly):
            change()
    assert kinds() == ["project.create"]


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET actor_name = 'bob'", "DELETE FROM audit_entry"])
def test_the_database_refuses_too(project, alice, statement):
    record(kind="project.create", by=alice, project=project)
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert last().actor_name == "alice"


def test_what_somebody_did_outlives_them_and_their_project(project, alice, charlie):
    services.change_password(user=charlie, password="another long sentence")
    record(kind="project.create", by=charlie, project=project, on=project, name=project.name)
    charlie.delete()
    project.delete()
    entry = last()
    assert (entry.actor_name, entry.project_name) == ("charlie", "Replay study")


def test_recording_costs_one_insert(project, alice, django_assert_num_queries):
    with django_assert_num_queries(1):
        record(kind="project.create", by=alice, project=project, on=project, name=project.name, sentence="Made.")


def test_a_kind_that_nobody_knows_is_a_mistake_of_the_program(alice):
    with pytest.raises(ValueError, match="no kind"):
        record(kind="project.destroy", by=alice)


def test_what_postgresql_does_not_keep_is_replaced(alice):
    record(kind="path.refused", by=alice, name="a\x00b\ud800", tried="c\x00d")
    assert "\x00" not in last().object_name
    assert last().detail == {"tried": "c\ufffdd"}


def test_what_is_rolled_back_was_not_done(project, alice):
    with pytest.raises(IntegrityError), transaction.atomic():
        jobs.enqueue(project=project, kind="plan", title="Plan", queue="cpu", by=alice)
        raise IntegrityError
    assert kinds() == []


# -- ways in --------------------------------------------------------------------------------------------------------------
def test_signing_in_and_out_is_recorded_with_the_address(client, alice):
    client.post("/accounts/login/", {"username": "alice", "password": PASSWORD}, REMOTE_ADDR="198.51.100.7")
    entry = last()
    assert (entry.kind, entry.actor, entry.address) == ("session.in", alice, "198.51.100.7")
    client.post("/accounts/logout/")
    client.post("/accounts/logout/")
    assert kinds() == ["session.in", "session.out"]


def test_failed_sign_ins_and_the_lock_are_recorded_without_what_was_typed(client, alice):
    for _ in range(5):
        client.post("/accounts/login/", {"username": "alice", "password": "my secret guess"})
    client.post("/accounts/login/", {"username": "hunter2 in the wrong field", "password": "alice"})
    client.post("/accounts/login/", {"username": "", "password": ""})
    assert kinds() == ["session.failed"] * 4 + ["session.locked", "session.failed"]
    assert Entry.objects.filter(object_name="alice", object_id=alice.pk, actor=None).count() == 5
    everything = str(list(Entry.objects.values()))
    assert "guess" not in everything
    assert "hunter2" not in everything


def test_a_wrong_password_on_the_account_page_is_recorded_as_theirs(signed_in, alice):
    signed_in(alice).post("/account/tokens/", {"name": "x", "scope": "read", "days": "30", "password": "wrong"})
    assert (last().kind, last().actor) == ("session.failed", alice)


def test_a_new_password_is_recorded(signed_in, alice):
    words = {"password": PASSWORD, "new": "a long unusual sentence", "again": "a long unusual sentence"}
    signed_in(alice).post("/account/password/", words)
    assert kinds() == ["account.password"]


# -- members --------------------------------------------------------------------------------------------------------------
def test_members_come_change_and_go_on_record(project, alice, bob, charlie):
    invitation, _ = members.invite(project=project, role="viewer", by=alice)
    joined = members.accept_invitation(invitation=invitation, user=charlie)
    members.change_role(membership=joined, role="editor", by=alice)
    members.change_role(membership=joined, role="editor", by=alice)  # as it was: nothing happened
    other, _ = members.invite(project=project, role="owner", by=alice)
    members.revoke_invitation(invitation=other, by=alice)
    members.revoke_invitation(invitation=other, by=alice)
    members.remove_member(membership=joined, by=charlie)
    assert kinds(project=project) == [
        "invitation.create",
        "invitation.accept",
        "member.role",
        "invitation.create",
        "invitation.withdraw",
        "member.remove",
    ]
    role = Entry.objects.get(kind="member.role")
    assert (role.actor, role.object_name, role.sentence) == (alice, "charlie", "From viewer to editor.")


def test_invitations_that_end_with_a_role_are_recorded(project, alice, bob):
    mine = Membership.objects.get(user=bob)
    members.change_role(membership=mine, role="owner", by=alice)
    members.invite(project=project, role="owner", by=bob)
    members.change_role(membership=mine, role="editor", by=alice)
    assert "invitation.withdraw" in kinds()


# -- data, work, links ----------------------------------------------------------------------------------------------------
def test_a_study_is_on_record_from_import_to_share(study, alice, bob):
    project = study.project
    counts = {kind: kinds(project=project).count(kind) for kind in set(kinds(project=project))}
    assert counts["dataset.create"] == counts["dataset.import"] == 2
    assert counts["curriculum.version"] == 3
    assert counts["run.start"] == 4
    assert counts["job.start"] >= 5
    assert Entry.objects.exclude(actor=alice).count() == 0
    link, _ = shares.create_share(project=project, title="For the lead", runs=[study.base.pk], by=bob)
    shares.revoke(link=link, by=bob)
    shares.revoke(link=link, by=bob)
    assert kinds(actor=bob) == ["share.create", "share.revoke"]


def test_cancelling_is_recorded_once_it_means_something(project, alice, bob):
    job = jobs.enqueue(project=project, kind="train", title="Train it", queue="gpu", by=alice)
    jobs.request_cancel(job=job, by=bob)
    jobs.request_cancel(job=job, by=bob)
    assert kinds() == ["run.start", "run.cancel"]
    assert (last().actor, last().object_id, last().object_name) == (bob, job.pk, "Train it")


def test_opening_a_share_link_is_recorded_as_a_visitors(study, alice, client):
    _, url = shares.create_share(project=study.project, title="For the lead", runs=[study.base.pk], by=alice)
    client.get(url.removeprefix("http://127.0.0.1:8000"), REMOTE_ADDR="203.0.113.9")
    client.get("/s/" + "x" * 43)
    entry = last()
    assert (entry.kind, entry.actor, entry.address) == ("share.open", None, "203.0.113.9")
    assert url.rpartition("/")[2] not in str(list(Entry.objects.values()))


def test_downloads_and_deletion_of_a_checkpoint_are_recorded(study, signed_in, bob):
    client = signed_in(bob)
    run = study.arms[0]
    list(client.get(reverse("runs:checkpoint-file", args=[run.pk, "config.json"])).streaming_content)
    assert client.get(reverse("runs:checkpoint-file", args=[run.pk, "passwd"])).status_code == 404
    client.post(reverse("runs:delete-checkpoint", args=[run.pk]))
    assert kinds(actor=bob) == ["checkpoint.download", "checkpoint.delete"]
    assert last().object_name == run.name


def test_an_export_is_recorded_when_it_is_taken_away(everything, signed_in, bob):
    made = everything.code.exports.get()
    list(signed_in(bob).get(reverse("datasets:download", args=[made.pk])).streaming_content)
    assert kinds(actor=bob) == ["export.download"]
    assert last().object_name == "Standard library code version 1"


# -- tokens ---------------------------------------------------------------------------------------------------------------
def test_a_token_is_recorded_when_made_used_and_revoked_and_its_use_once_an_hour(project, alice, monkeypatch):
    token, secret = tokens.create_token(user=alice, name="nightly", scope="write")
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    for _ in range(3):
        assert client.get("/api/v1/projects/").status_code == 200
    assert kinds() == ["token.create", "token.use"]
    client.post("/api/v1/projects/", {"name": "By script"}, content_type="application/json")
    made = last()
    assert (made.kind, made.actor, made.token) == ("project.create", alice, token.prefix)
    tokens.revoke_token(token=token)
    tokens.revoke_token(token=token)
    assert kinds()[-1] == "token.revoke"
    assert last().token == "", "the request with the token is over"
    assert secret not in str(list(Entry.objects.values()))


def test_the_use_of_a_token_is_recorded_again_in_another_hour(alice):
    from datetime import timedelta

    from django.utils import timezone

    token, secret = tokens.create_token(user=alice, name="nightly")
    for ago in (None, timedelta(hours=2), timedelta(seconds=30)):
        if ago:
            type(token).objects.filter(pk=token.pk).update(last_used_at=timezone.now() - ago)
        tokens.use_token(secret)
    assert kinds() == ["token.create", "token.use", "token.use"]


# -- refused paths --------------------------------------------------------------------------------------------------------
REFUSED = [
    "../../etc/passwd",
    "file:///etc/passwd",
    "http://169.254.169.254/latest/meta-data/",
    "169.254.169.254/latest",
]


@pytest.fixture
def folder(tmp_path, settings):
    (tmp_path / "corpora").mkdir()
    settings.DATA_ROOTS = {"corpora": str(tmp_path / "corpora")}


@pytest.mark.parametrize("path", REFUSED)
def test_a_path_that_leads_elsewhere_is_refused_in_words_and_recorded(folder, project, signed_in, alice, path):
    asked = {"root": "corpora", "path": path}
    page = signed_in(alice).post(reverse("datasets:register-folder", args=[project.pk]), asked)
    assert page.status_code == 200
    entry = last()
    assert (entry.kind, entry.actor, entry.project) == ("path.refused", alice, project)
    assert entry.object_name == f"corpora: {path}"
    assert entry.sentence in page.content.decode().replace("&quot;", '"')


@pytest.mark.parametrize("path", REFUSED)
def test_over_the_api_and_by_looking_it_is_recorded_too(folder, project, signed_in, alice, path):
    client = signed_in(alice)
    asked = {"root": "corpora", "path": path}
    address = f"/api/v1/projects/{project.pk}/files/"
    assert client.post(address, asked, content_type="application/json").status_code == 400
    client.get(reverse("datasets:register", args=[project.pk]), asked)
    assert kinds() == ["path.refused", "path.refused"]


def test_a_path_that_is_merely_not_there_is_not_recorded(folder, project, alice):
    with pytest.raises(UserError):
        sources.register(project=project, root="corpora", path="nothing.jsonl", by=alice)
    assert kinds() == []


def test_a_model_and_a_score_file_from_elsewhere_are_recorded_although_nothing_else_is(folder, study, signed_in, alice):
    client, project = signed_in(alice), study.project
    before = Entry.objects.count()
    recipe = {"model": {"folder": "corpora/../../etc"}, "schedules": [{"peak": 1e-3}], "batch_size": 4, "context": 64}
    asked = {"name": "Sly", "version": str(study.mixed.pk), "recipe": recipe}
    answer = client.post(f"/api/v1/projects/{project.pk}/runs/", asked, content_type="application/json")
    assert (answer.status_code, answer.json()["field"]) == (400, "recipe.model.folder")
    params = {"path": "../../etc/passwd", "id_column": "id", "column": "score"}
    asked = {"version": str(study.code.pk), "method": "imported", "params": params}
    answer = client.post(f"/api/v1/projects/{project.pk}/scores/", asked, content_type="application/json")
    assert (answer.status_code, answer.json()["field"]) == (400, "params.path")
    assert Entry.objects.count() == before + 2
    assert set(kinds(kind="path.refused")) == {"path.refused"}


# -- pages and API --------------------------------------------------------------------------------------------------------
@pytest.fixture
def address(project):
    return reverse("audit:project", args=[project.pk])


def test_owners_read_it_and_others_do_not(signed_in, address, alice, bob, vera, charlie):
    for where in (address, address.rstrip("/") + ".csv"):
        assert signed_in(alice).get(where).status_code == 200
        assert signed_in(bob).get(where).status_code == 403
        assert signed_in(vera).get(where).status_code == 403
        assert signed_in(charlie).get(where).status_code == 404


def test_it_is_filtered_by_person_kind_and_time_and_the_address_keeps_it(signed_in, address, project, alice, bob):
    members.invite(project=project, role="viewer", by=alice)
    jobs.enqueue(project=project, kind="plan", title="Plan of Bob's", queue="cpu", by=bob)
    client = signed_in(alice)

    def shown(**query) -> list[str]:
        return [row.kind for row in client.get(address, query).context["page"]]

    assert shown() == ["job.start", "invitation.create"]
    assert shown(person="bob") == ["job.start"]
    assert shown(kind="invitation.create") == ["invitation.create"]
    today = f"{last().at:%Y-%m-%d}"
    assert shown(since=today, until=today) == ["job.start", "invitation.create"]
    assert shown(since="2099-01-01") == []
    page = client.get(address, {"person": "bob", "kind": "job.start"}).content.decode()
    assert 'value="bob"' in page
    assert '<option value="job.start" selected>' in page
    assert "?person=bob&amp;kind=job.start" in page, "the CSV is of what is shown"


@pytest.mark.parametrize(
    "query", [{"since": "yesterday"}, {"kind": "nothing"}, {"since": "2026-02-01", "until": "2026-01-01"}]
)
def test_a_filter_that_cannot_be_read_is_said_at_its_field(signed_in, address, alice, query):
    page = signed_in(alice).get(address, query)
    assert page.status_code == 200
    assert 'role="alert"' in page.content.decode()
    asked = f"/api/v1{address}"
    answer = signed_in(alice).get(asked, query)
    assert answer.status_code == 400
    assert answer.json()["field"] in query


def test_the_page_costs_the_same_however_much_happened(signed_in, address, project, alice, django_assert_num_queries):
    client = signed_in(alice)
    record(kind="project.create", by=alice, project=project, on=project, name="x")
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    assert len(queries) <= 8
    for _ in range(60):
        record(kind="project.create", by=alice, project=project, on=project, name="x")
    with django_assert_num_queries(len(queries)):
        assert client.get(address).context["page"].paginator.num_pages == 2


def test_the_csv_is_harmless_in_a_spreadsheet_and_its_taking_recorded(signed_in, address, project, alice):
    record(kind="dataset.create", by=alice, project=project, name='=HYPERLINK("http://elsewhere.example")')
    answer = signed_in(alice).get(address.rstrip("/") + ".csv", {"kind": "dataset.create"})
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("time (UTC),who,")
    assert "'=HYPERLINK" in text
    assert "Audit exported" not in text
    assert last().kind == "audit.export"


def test_staff_read_all_of_it_and_nobody_else_does(signed_in, client, alice, project):
    assert client.get("/audit/").status_code == 302
    assert signed_in(alice).get("/audit/").status_code == signed_in(alice).get("/audit.csv").status_code == 404
    tokens.create_token(user=alice, name="nightly")
    alice.is_staff = True
    alice.save()
    page = signed_in(alice).get("/audit/").content.decode()
    assert "API token made" in page
    assert 'href="/audit/"' in page
    assert b"API token made" in b"".join(signed_in(alice).get("/audit.csv").streaming_content)


def test_hostile_names_are_text(signed_in, address, project, alice):
    record(kind="dataset.create", by=alice, project=project, name=factories.HOSTILE, sentence=factories.HOSTILE)
    assert "<script>alert" not in signed_in(alice).get(address).content.decode()


def test_the_api_gives_pages_to_owners(signed_in, address, project, alice, bob, charlie):
    for _ in range(3):
        record(kind="dataset.create", by=alice, project=project, name="x")
    found = signed_in(alice).get(f"/api/v1{address}", {"limit": 2, "person": "alice"}).json()
    assert (found["count"], len(found["results"])) == (3, 2)
    assert found["results"][0]["actor_name"] == "alice"
    assert signed_in(bob).get(f"/api/v1{address}").status_code == 403
    assert signed_in(charlie).get(f"/api/v1{address}").status_code == 404
    assert signed_in(alice).delete(f"/api/v1{address}").status_code == 405


def test_the_members_page_leads_owners_there(signed_in, address, project, alice, bob):
    where = reverse("accounts:members", args=[project.pk])
    assert address in signed_in(alice).get(where).content.decode()
    assert address not in signed_in(bob).get(where).content.decode()
