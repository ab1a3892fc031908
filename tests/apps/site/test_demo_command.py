import io

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import Project, User
from apps.site.demo.selectors import DemoProgress
from apps.site.management.commands import demo


@pytest.fixture
def seen(db, monkeypatch):
    """Let the command see these states of the demo, one after the other, without waiting."""
    monkeypatch.setenv("DEMO_PASSWORD", "a word that nobody knows")
    monkeypatch.setattr(demo, "EVERY", 0.0)
    monkeypatch.setattr(demo.services, "share", lambda *, project, by: f"/s/of-{project.name[:4]}")

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
    assert lines[0].endswith("login demo, password a word that nobody knows")
    assert lines[1:3] == ["Jobs     0 of 3 done; Import", "Jobs     2 of 3 done; Train: 50 %, about 3 min left"]
    assert lines[-1].endswith("/s/of-Demo")


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
