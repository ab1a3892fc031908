import io
import re

import pytest
from django.conf import settings as site_settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.accounts.models import Project, User
from apps.shares.models import ShareLink
from apps.site.demo.selectors import DemoProgress
from apps.site.management.commands import demo


@pytest.fixture
def seen(db, monkeypatch, settings, tmp_path):
    """Let the command see these states of the demo, one after the other, without waiting."""
    settings.VAR = tmp_path
    monkeypatch.setenv("DEMO_PASSWORD", "a word that nobody knows")
    monkeypatch.setattr(demo, "EVERY", 0.0)

    def show(*states):
        left = iter(states)
        monkeypatch.setattr(demo.selectors, "progress", lambda project: next(left))

    return show


def said(*words):
    output = io.StringIO()
    call_command("demo", *words, stdout=output)
    return output.getvalue()


def state(done=0, running=(), failed=(), total=3):
    return DemoProgress(total, done, list(running), list(failed), finished=done == total)


def test_it_tells_each_step_and_ends_with_the_link(seen):
    seen(state(0, [("Import", None, None)]), state(2, [("Train", 0.5, 200.0)]), state(3))
    lines = said("--watch").splitlines()
    assert "/demo/enter/?key=" in lines[0]
    assert lines[1].endswith("login demo, password a word that nobody knows")
    assert lines[2:4] == ["Jobs     0 of 3 done; Import", "Jobs     2 of 3 done; Train: 50 %, about 3 min left"]
    assert re.search(r"/s/[\w-]{40,}$", lines[-1])


def test_a_later_start_prints_the_same_share_link_and_a_new_one_once_it_is_revoked(seen, settings):
    links = []
    for revoked in (False, False, True):
        if revoked:
            ShareLink.objects.update(revoked_at=timezone.now())
        seen(state(3))
        links.append(said("--watch").splitlines()[-1])
    assert links[0] == links[1] != links[2]
    assert ShareLink.objects.count() == 2
    assert (settings.VAR / "demo-link").stat().st_mode & 0o777 == 0o600


def test_the_printed_link_signs_in_and_opens_the_demo_until_the_password_changes(seen, client):
    path = said().splitlines()[0].split()[1].removeprefix(site_settings.BASE_URL)
    answer = client.get(path, follow=True)
    assert answer.status_code == 200
    assert answer.context["user"].username == "demo"
    assert answer.redirect_chain[-1][0].startswith("/projects/")
    client.logout()
    user = User.objects.get()
    user.set_password("another word entirely")
    user.save()
    for refused in (path, path + "x", "/demo/enter/"):
        assert client.get(refused).headers["Location"] == "/accounts/login/"
        assert "_auth_user_id" not in client.session


def test_a_second_time_makes_neither_a_login_nor_a_project_nor_a_new_password(seen, monkeypatch):
    said()
    monkeypatch.setenv("DEMO_PASSWORD", "another word entirely")
    assert "password the one that you have set" in said()
    assert User.objects.get().check_password("a word that nobody knows")
    assert Project.objects.filter(is_demo=True).count() == 1


def test_strict_ends_at_the_first_failure_with_its_reason(seen):
    seen(state(0), state(1, failed=[("Train Base", "The file is empty.")]))
    with pytest.raises(CommandError, match="^Train Base failed: The file is empty.$"):
        said("--watch", "--strict")


def test_otherwise_it_tells_a_failure_once_and_goes_on_while_anything_is_left(seen):
    failed = [("Train Base", "The file is empty.")]
    seen(state(1, failed=failed), state(1, failed=failed), state(2, failed=failed))
    with pytest.raises(CommandError, match="ended without its comparison"):
        said("--watch")


def test_without_a_password_it_says_what_is_missing(seen, monkeypatch):
    monkeypatch.delenv("DEMO_PASSWORD")
    with pytest.raises(CommandError, match="DEMO_PASSWORD is not set"):
        said()
