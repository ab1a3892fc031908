import stat

import pytest

from apps.local import __main__, env


def build(var, **changes):
    addresses = {"database_url": "postgres:///here", "broker_url": "redis://here", "base_url": "http://here"}
    return env.build(var, **addresses | changes)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("DATABASE_URL", "BROKER_URL", "GRADATIM_VAR", "BASE_URL", "ALLOWED_HOSTS", "SETUP_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_secrets_are_made_once_and_addresses_are_this_starts(folder):
    first = build(folder)
    env.write(folder, first)
    second = build(folder, base_url="http://there")
    assert second["SECRET_KEY"] == first["SECRET_KEY"] and len(first["SECRET_KEY"]) >= 50
    assert second["DEMO_PASSWORD"] == first["DEMO_PASSWORD"]
    assert second["BASE_URL"] == "http://there"


def test_only_the_owner_can_read_it(folder):
    env.write(folder, build(folder))
    assert stat.S_IMODE((folder / "env").stat().st_mode) == 0o600


def test_what_is_written_is_read(folder):
    env.write(folder, {"STORAGE_ROOT": "/a folder/with # and $HOME", "OTHER": ""})
    assert env.read(folder) == {"STORAGE_ROOT": "/a folder/with # and $HOME", "OTHER": ""}


def test_the_environment_comes_first(folder, monkeypatch):
    monkeypatch.setenv("STORAGE_ROOT", "/elsewhere")
    assert build(folder)["STORAGE_ROOT"] == "/elsewhere"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_a_name_that_is_not_this_machines_is_refused_and_no_key_is_asked_for(folder, host):
    values = build(folder, host=host, base_url="http://127.0.0.1:8000")
    assert values["ALLOWED_HOSTS"] == "127.0.0.1,localhost,[::1]"
    assert "SETUP_KEY" not in values


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("0.0.0.0", "*"),
        ("::", "*"),
        ("192.0.2.7", "127.0.0.1,localhost,[::1],192.0.2.7"),
        ("2001:db8::7", "127.0.0.1,localhost,[::1],[2001:db8::7]"),
        ("box.example", "127.0.0.1,localhost,[::1],box.example"),
    ],
)
def test_who_serves_to_a_network_gets_a_set_up_key_that_is_kept(folder, host, allowed):
    first = build(folder, host=host, base_url="http://127.0.0.1:8000")
    env.write(folder, first)
    assert first["ALLOWED_HOSTS"] == allowed
    assert len(first["SETUP_KEY"]) >= 20
    assert build(folder, host=host)["SETUP_KEY"] == first["SETUP_KEY"]


def test_the_address_that_people_open_is_allowed_and_a_list_of_ones_own_comes_first(folder, monkeypatch):
    monkeypatch.setenv("BASE_URL", "https://tunnel.example:8443")
    assert build(folder)["ALLOWED_HOSTS"].endswith(",tunnel.example")
    monkeypatch.setenv("ALLOWED_HOSTS", "mine.example")
    assert build(folder, host="0.0.0.0")["ALLOWED_HOSTS"] == "mine.example"


def test_env_prints_lines_for_a_shell(folder, monkeypatch, capsys):
    monkeypatch.setenv("GRADATIM_VAR", str(folder))
    assert __main__.main(["env"]) == 2
    assert "does not exist yet: start Gradatim once" in capsys.readouterr().err
    env.write(folder, {"DATABASE_URL": "postgres://a b"})
    assert __main__.main(["env"]) == 0
    assert capsys.readouterr().out == "export DATABASE_URL='postgres://a b'\n"
