import os
import shutil
import signal
import stat

import psycopg
import pytest

from apps.local import identities, postgres
from apps.local.processes import finish, spawn
from gradatim.errors import UserError


def started(var, **options):
    server = postgres.prepare(var, fast=True, **options)
    process = spawn(server.service)
    postgres.wait(server, process)
    return server, process


def connect(server):
    return psycopg.connect(host=str(server.sockets), user=postgres.USER, dbname=postgres.DATABASE, autocommit=True)


def stop(server, process):
    finish(process, stop=server.service.stop)
    assert process.returncode == 0


def test_a_second_start_finds_its_data(var):
    server, process = started(var)
    with connect(server) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('here')")
    stop(server, process)
    server, process = started(var)
    with connect(server) as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("here",)
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    stop(server, process)


def test_nobody_else_may_reach_the_socket(var):
    server, process = started(var)
    assert stat.S_IMODE(server.sockets.stat().st_mode) == 0o700
    stop(server, process)


def test_a_deep_folder_gets_a_short_socket_path_that_is_kept(var):
    deep = var.joinpath(*["a-rather-long-folder-name"] * 5)
    server, process = started(deep)
    stop(server, process)
    assert len(os.fsencode(server.sockets / ".s.PGSQL.5432")) <= 107
    assert postgres.prepare(deep, fast=True).sockets == server.sockets
    shutil.rmtree(server.sockets)


def test_a_server_that_was_killed_recovers_even_when_its_number_is_another_programs_now(var):
    server, process = started(var)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for note in (server.data / "postmaster.pid", server.sockets / ".s.PGSQL.5432.lock"):
        lines = note.read_text().split("\n")
        note.write_text("\n".join([str(os.getppid()), *lines[1:]]))
    server, process = started(var)
    stop(server, process)


def test_an_unfinished_data_folder_is_made_anew(var):
    unfinished = var / "postgres" / "data.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("16\n")
    server, process = started(var)
    stop(server, process)
    assert not unfinished.exists()


def test_a_foreign_folder_is_left_alone(var):
    data = var / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("16\n")
    with pytest.raises(UserError, match="was not made by Gradatim"):
        postgres.prepare(var)
    assert [file.name for file in data.iterdir()] == ["PG_VERSION"]


def test_a_folder_of_another_version_is_refused(var):
    data = var / "postgres" / "data"
    data.mkdir(parents=True)
    (data / postgres.MARK).touch()
    (data / "PG_VERSION").write_text("12\n")
    with pytest.raises(UserError, match="made by PostgreSQL 12 and this installation brings 1"):
        postgres.prepare(var)


def test_a_folder_in_use_is_refused(var, monkeypatch):
    server, process = started(var)
    monkeypatch.setattr(postgres, "OTHER_ENDS_WITHIN", 0.3)
    with pytest.raises(UserError, match=rf"Another PostgreSQL \(process \d+\) is using {server.data}"):
        postgres.prepare(var)
    stop(server, process)


def test_a_machine_that_allows_nothing_gets_one_sentence(var):
    def refuse():
        raise PermissionError("no namespaces here")

    with pytest.raises(UserError, match="PostgreSQL can't be started on this machine.*run this as an ordinary user"):
        postgres.prepare(var, among=[identities.Identity("namespace", become=refuse)])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_where_namespaces_are_refused_root_runs_it_as_nobody(var):
    other = identities.dropped(var)
    try:
        server, process = started(var, among=[other])
        assert os.stat(f"/proc/{process.pid}").st_uid == other.user
        stop(server, process)
    finally:
        shutil.rmtree(other.home, ignore_errors=True)
