"""Readiness: one word for the public, each part for staff, and nothing that a stranger could use."""

import http.server
import threading
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.site import health, probe, signs
from apps.site.models import Sign

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch):
    monkeypatch.setattr(health, "_last", (0.0, []))
    monkeypatch.setattr(health, "_migrated", False)


@pytest.fixture
def all_alive():
    for part in (signs.SCHEDULER, *health.QUEUES):
        signs.give(parts=[part], process=signs.myself())


def test_an_installation_in_which_everything_works_is_ready(client, all_alive):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"ready\n")
    assert "no-store" in answer.headers["Cache-Control"]


def test_pages_are_served_while_jobs_wait_for_their_worker(client, all_alive):
    signs.take_back(process=signs.myself())
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"ready, but jobs wait\n")


@pytest.mark.parametrize("part", ["_database", "_migrations", "_storage"])
def test_without_a_part_that_pages_need_it_is_not_ready_and_tells_nobody_why(client, all_alive, monkeypatch, part):
    def broken():
        raise OSError("postgres://gradatim:word@db.internal refuses")

    monkeypatch.setattr(health, part, broken)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"not ready\n")


def test_the_log_says_once_what_the_public_does_not_hear(client, all_alive, monkeypatch, caplog):
    def broken():
        raise OSError("no route to db.internal")

    monkeypatch.setattr(health, "_logged", {})
    monkeypatch.setattr(health, "KEPT_SECONDS", -1.0)
    with monkeypatch.context() as patch:
        patch.setattr(health, "_storage", broken)
        for _ in range(3):
            assert client.get("/readyz").status_code == 503
    assert caplog.text.count("OSError: no route to db.internal") == 1
    assert client.get("/readyz").status_code == 200
    monkeypatch.setattr(health, "_storage", broken)
    client.get("/readyz")
    assert caplog.text.count("OSError: no route to db.internal") == 2, "it was well in between"


def test_staff_reads_every_part_in_words_and_members_read_no_more_than_strangers(signed_in, alice, all_alive):
    assert signed_in(alice).get("/readyz").content == b"ready\n"
    alice.is_staff = True
    alice.save()
    lines = signed_in(alice).get("/readyz").content.decode().splitlines()
    assert lines[:5] == [
        "ready",
        "database answers",
        "migrations are applied",
        "broker answers",
        "storage can be written",
    ]
    assert lines[5:] == [f"{part} gave a sign of life 0 s ago" for part in ("scheduler", "cpu worker", "gpu worker")]


def test_a_folder_that_cannot_be_written_is_found(settings, tmp_path):
    (tmp_path / "file").touch()
    settings.STORAGE_ROOT = tmp_path / "file" / "store"
    assert [finding.part for finding in health.examine() if not finding.well and finding.needed] == ["storage"]


def test_a_broker_that_is_away_is_found_and_pages_are_served_all_the_same(client, all_alive, monkeypatch):
    monkeypatch.setattr(health.app.conf, "broker_write_url", "redis+socket:///nowhere/at.all")
    assert [finding.part for finding in health.examine() if not finding.well] == ["broker"]
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"ready, but jobs wait\n")


def test_asking_often_asks_the_parts_once_in_a_while(client, all_alive, django_assert_num_queries):
    client.get("/readyz")
    with django_assert_num_queries(0):
        client.get("/readyz")


def test_silence_is_measured_by_the_most_recent_process_and_forgotten_after_a_day(settings):
    for process, age in (("a/1", 30), ("b/1", 90), ("c/1", 90_000)):
        Sign.objects.create(part="cpu", process=process, seen_at=timezone.now() - timedelta(seconds=age))
    assert 29 < signs.silence()["cpu"] < 33
    assert 89 < signs.silence(on="b/")["cpu"] < 93
    signs.give(parts=["cpu"], process="b/1")
    assert signs.silence()["cpu"] < 3
    signs.forget()
    assert set(Sign.objects.values_list("process", flat=True)) == {"a/1", "b/1"}


def test_the_command_names_every_part_and_its_exit_code_tells(capsys, all_alive):
    call_command("health")
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 7 and all(line.startswith("well") for line in said)
    call_command("health", part="cpu")
    Sign.objects.filter(part="cpu").update(process="another-machine/1")
    with pytest.raises(CommandError):
        call_command("health", part="cpu")


def test_health_needs_no_https_so_that_a_supervisor_beside_it_can_ask(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/readyz").status_code in (200, 503)
    assert client.get("/healthz").status_code == 200
    assert client.get("/").status_code == 301


def test_the_database_is_asked_only_for_what_it_must_say(all_alive, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        health.examine()


def test_the_probe_asks_as_the_proxy_would_and_tells_by_its_exit_code(monkeypatch, capsys):
    heard = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append((self.path, self.headers["Host"], self.headers["X-Forwarded-Proto"]))
            self.send_response(200 if self.path == "/readyz" else 503)
            self.end_headers()
            self.wfile.write(b"said\n")

        def log_message(self, *words):
            pass

    monkeypatch.setenv("BASE_URL", "https://gradatim.example.org")
    with http.server.HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = str(server.server_port)
        assert probe.main(["--port", port]) == 0
        assert probe.main(["--port", port, "--path", "/ill"]) == 1
        server.shutdown()
    assert probe.main(["--port", port]) == 1
    assert heard[0] == ("/readyz", "gradatim.example.org", "https")
    assert capsys.readouterr().out.splitlines()[:2] == ["said", "said"]
