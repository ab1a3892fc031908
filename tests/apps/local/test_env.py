import stat

import pytest

from apps.local import __main__, env


def build(var, **changes):
    addresses = {"database_url": "postgres:///here", "broker_url": "redis://here", "base_url": "http://here"}
    return env.build(var, **addresses | changes)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("DATABASE_URL", "BROKER_URL", "GRADATIM_VAR"):
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


def test_env_prints_lines_for_a_shell(folder, monkeypatch, capsys):
    monkeypatch.setenv("GRADATIM_VAR", str(folder))
    assert __main__.main(["env"]) == 2
    assert "does not exist yet: start Gradatim once" in capsys.readouterr().err
    env.write(folder, {"DATABASE_URL": "postgres://a b"})
    assert __main__.main(["env"]) == 0
    assert capsys.readouterr().out == "export DATABASE_URL='postgres://a b'\n"
