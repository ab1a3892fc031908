"""What is sent twice at once is done once or refused in a sentence: never a crash on a constraint."""

import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from apps.accounts import members, services
from apps.accounts.models import Membership, User
from apps.curricula import services as curricula
from apps.curricula.models import Curriculum
from apps.datasets import services as datasets
from apps.datasets import sources
from apps.datasets.models import Dataset
from gradatim.errors import UserError

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(monkeypatch, model, *acts) -> list:
    """What each of the acts came to, in threads that all reach the saving of a ``model`` before any of them goes on."""
    barrier, came_to = threading.Barrier(len(acts)), [None] * len(acts)
    save, waited = model.save, threading.local()

    def save_together(self, *args, **kwargs):
        if not getattr(waited, "once", False):
            waited.once = True
            barrier.wait(20)
        return save(self, *args, **kwargs)

    def run(n, act):
        try:
            came_to[n] = act()
        except Exception as error:
            came_to[n] = error
        finally:
            connection.close()

    with monkeypatch.context() as patch:
        patch.setattr(model, "save", save_together)
        threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    return came_to


def refused(found: list, field: str) -> bool:
    """One was done, the other refused at its field."""
    errors = [entry for entry in found if isinstance(entry, Exception)]
    assert [type(error) for error in errors] == [UserError], errors
    return errors[0].field == field


def test_two_accounts_of_one_name(monkeypatch):
    def make():
        return services.create_account(username="dora", password="a long unusual sentence")

    assert refused(at_once(monkeypatch, User, make, make), "username")
    assert User.objects.filter(username="dora").count() == 1


def test_two_datasets_renamed_to_one_name(monkeypatch, project, alice):
    made = [Dataset.objects.create(project=project, name=name) for name in ("One", "Two")]

    def rename(row):
        return lambda: datasets.edit_dataset(dataset=row, name="Same", description="", licence="", by=alice)

    assert refused(at_once(monkeypatch, Dataset, *map(rename, made)), "name")
    assert Dataset.objects.filter(name="Same").count() == 1


def test_two_curricula_of_one_name(monkeypatch, project, alice):
    monkeypatch.setattr(curricula, "create_version", lambda *, curriculum, draft, by: curriculum)

    def make():
        return curricula.create_curriculum(project=project, name="Same", draft={}, by=alice)

    assert refused(at_once(monkeypatch, Curriculum, make, make), "name")
    assert Curriculum.objects.filter(project=project).count() == 1


def test_two_imports_as_one_new_dataset_are_its_two_versions(monkeypatch, project, alice):
    def make():
        return datasets.import_dataset(project=project, name="Same", source={"kind": "file"}, by=alice)

    found = at_once(monkeypatch, Dataset, make, make)
    assert sorted(version.number for version in found) == [1, 2]
    assert Dataset.objects.filter(project=project).count() == 1


def test_two_invitations_of_one_person_make_one_member_and_leave_one_open(monkeypatch, project, alice, charlie):
    made = [members.invite(project=project, role=role, by=alice)[0] for role in ("viewer", "editor")]

    def accept(invitation):
        return lambda: members.accept_invitation(invitation=invitation, user=charlie)

    found = at_once(monkeypatch, Membership, *map(accept, made))
    assert found[0] == found[1] == Membership.objects.get(user=charlie)
    assert members.open_invitations().count() == 1


def test_a_button_that_is_pressed_twice_joins_once(project, alice, charlie):
    invitation, _ = members.invite(project=project, role="viewer", by=alice)
    started, found = threading.Barrier(2), []

    def press():
        started.wait(20)
        try:
            found.append(members.accept_invitation(invitation=invitation, user=charlie))
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 2
    assert found[0] == found[1] == Membership.objects.get(user=charlie)


def test_an_import_that_is_asked_for_twice_is_one_import_until_it_is_over(project, alice):
    upload = SimpleUploadedFile("a.jsonl", b'{"text": "one"}\n')
    file = sources.upload_whole(project=project, upload=upload, by=alice)

    def ask(**changed):
        asked = {"source": {"kind": "file", "mapping": {"text": "text"}}, "on_bad": "stop", **changed}
        return datasets.import_dataset(project=project, name="Lines", by=alice, file=file, **asked)

    first = ask()
    assert ask() == first
    assert ask(on_bad="skip").number == 2
    assert project.jobs.count() == 2
