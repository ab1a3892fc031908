"""Production refuses to start unsafely, and docs/configuration.md says what the settings read."""

import ast
import os
import re
import runpy
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from apps.site import caches, production

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = ROOT / "apps/site/settings.py"
SAFE = {
    "SECRET_KEY": secrets.token_urlsafe(50),
    "DATABASE_URL": "postgres://gradatim:Xu7qn@db.internal/gradatim",
    "BROKER_URL": "redis://queue.internal:6379/0",
    "ALLOWED_HOSTS": "gradatim.example.org",
    "BASE_URL": "https://gradatim.example.org",
}


@pytest.fixture
def load(monkeypatch, tmp_path):
    """``load(NAME="value")`` reads the settings file anew in an environment that holds nothing else of ours."""

    def load(**environment):
        for name in names_read():
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("GRADATIM_VAR", str(tmp_path))
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(SETTINGS))

    return load


def names_read() -> set[str]:
    """The variables that the settings file reads: ``env.<kind>("NAME", ...)``, with the name spelled out."""
    names = set()
    for node in ast.walk(ast.parse(SETTINGS.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            of, first = node.func.value, node.args[0]
            if isinstance(of, ast.Name) and of.id == "env" and isinstance(first, ast.Constant):
                names.add(first.value)
    return names


def test_a_safe_environment_is_accepted_and_everything_travels_by_https(load):
    loaded = load(GRADATIM_ENV="production", BEHIND_PROXY="true", **SAFE)
    assert loaded["DEBUG"] is False
    assert loaded["SECURE_SSL_REDIRECT"] and loaded["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert loaded["SESSION_COOKIE_SECURE"] and loaded["CSRF_COOKIE_SECURE"]
    assert loaded["SESSION_COOKIE_NAME"].startswith("__Host-") and loaded["CSRF_COOKIE_NAME"].startswith("__Host-")
    assert loaded["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")
    assert loaded["CSRF_TRUSTED_ORIGINS"] == ["https://gradatim.example.org"]


def test_a_proxys_word_counts_only_where_there_is_one(load):
    assert load(GRADATIM_ENV="production", **SAFE)["SECURE_PROXY_SSL_HEADER"] is None


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "kR4-short"}, "SECRET_KEY is too easy to guess"),
        ({"SECRET_KEY": "ab" * 40}, "SECRET_KEY is too easy to guess"),
        ({"SECRET_KEY": "development-only-" + "x" * 40}, "SECRET_KEY is a placeholder"),
        ({"SECRET_KEY": "change-me-" + secrets.token_urlsafe(50)}, "SECRET_KEY is a placeholder"),
        ({"DATABASE_URL": ""}, "DATABASE_URL is not set"),
        ({"DATABASE_URL": "sqlite:///file"}, "DATABASE_URL names no PostgreSQL database"),
        ({"BROKER_URL": ""}, "BROKER_URL is not set"),
        ({"BROKER_URL": "memory://"}, "BROKER_URL names no broker"),
        ({"ALLOWED_HOSTS": " "}, "ALLOWED_HOSTS is not set"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS contains *"),
        ({"BASE_URL": ""}, "BASE_URL is not set"),
        ({"BASE_URL": "http://gradatim.example.org"}, "BASE_URL is no https address"),
        ({"BASE_URL": "https://other.example.org"}, "BASE_URL names a host that ALLOWED_HOSTS does not list"),
        ({"DEBUG": "true"}, "DEBUG is switched on"),
        ({"STATIC_FROM_SOURCE": "1"}, "STATIC_FROM_SOURCE is switched on"),
    ],
)
def test_production_refuses_to_start_with(load, changed, sentence):
    with pytest.raises(ImproperlyConfigured) as refused:
        load(GRADATIM_ENV="production", **{**SAFE, **changed})
    title, *sentences = str(refused.value).splitlines()
    assert title == "Production refuses to start."
    assert len(sentences) == 1
    assert sentences[0].startswith(sentence) and sentences[0].endswith(".")
    assert all(value not in str(refused.value) for value in (SAFE["SECRET_KEY"], "Xu7qn"))


def test_everything_that_is_missing_is_said_at_once(load):
    with pytest.raises(ImproperlyConfigured) as refused:
        load(GRADATIM_ENV="production")
    assert re.findall(r"^\w+(?= is not set)", str(refused.value), re.M) == list(SAFE)


def test_production_reads_no_file_of_a_local_installation(load, tmp_path):
    (tmp_path / "env").write_text("".join(f"{name}='{value}'\n" for name, value in SAFE.items()))
    assert load()["BASE_URL"] == SAFE["BASE_URL"]
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is not set"):
        load(GRADATIM_ENV="production")


def test_a_misspelled_environment_is_no_development(load):
    with pytest.raises(ImproperlyConfigured, match="neither development nor production"):
        load(GRADATIM_ENV="prodution")


def test_without_settings_only_this_machines_own_names_are_answered(load):
    assert load()["ALLOWED_HOSTS"] == ["127.0.0.1", "localhost", "[::1]"]


def test_hosts_may_be_named_by_their_domain():
    assert production.problems({**SAFE, "ALLOWED_HOSTS": ".example.org"}) == []


@given(st.dictionaries(st.sampled_from([*SAFE, "DEBUG"]), st.text(max_size=80)))
def test_whatever_the_environment_says_is_judged_in_sentences(environment):
    assert all(sentence.endswith(".") for sentence in production.problems(environment))


@pytest.mark.parametrize(
    ("broker", "cache"),
    [
        ("redis://:word@host:6379/0", "redis://:word@host:6379/1"),
        ("redis://host:6379", "redis://host:6379/1"),
        ("rediss://host/1", "rediss://host/2"),
        ("redis+socket:///run/valkey.sock", "unix:///run/valkey.sock?db=1"),
        ("redis+socket:///run/valkey.sock?virtual_host=1", "unix:///run/valkey.sock?db=2"),
    ],
)
def test_the_cache_is_beside_the_broker_in_a_database_of_its_own(broker, cache):
    assert caches.cache(broker_url=broker)["LOCATION"] == cache


def test_another_cache_can_be_named_and_rabbitmq_has_none():
    assert caches.cache(broker_url="amqp://host", cache_url="redis://other/4")["LOCATION"] == "redis://other/4"
    assert "locmem" in caches.cache(broker_url="amqp://host")["BACKEND"]


def test_every_variable_that_is_read_is_documented_and_no_other():
    page = (ROOT / "docs/configuration.md").read_text().split("## Read elsewhere")[0]
    documented = re.findall(r"^\| `(\w+)` \|", page, re.M)
    assert sorted(documented) == sorted(set(documented))
    assert set(documented) == names_read()


def test_what_the_makefile_reads_is_documented():
    asked = set(re.findall(r"^(\w+) \?=", (ROOT / "Makefile").read_text(), re.M))
    elsewhere = (ROOT / "docs/configuration.md").read_text().split("## Read elsewhere")[1]
    assert asked and all(f"`{name}`" in elsewhere for name in asked)


@pytest.mark.parametrize(
    "words",
    [
        ["manage.py", "check"],
        ["-m", "gunicorn", "apps.site.wsgi:application", "--config", "apps/site/gunicorn.py", "--bind", "127.0.0.1:0"],
    ],
)
def test_the_terminal_shows_the_sentences_without_a_traceback(tmp_path, words):
    environment = {"PATH": os.environ["PATH"], "GRADATIM_ENV": "production", "GRADATIM_VAR": str(tmp_path)}
    environment |= {**SAFE, "BASE_URL": ""}
    done = subprocess.run(
        [sys.executable, *words], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert re.search(r"^Production refuses to start\.\nBASE_URL is not set: .*\.\n\Z", done.stderr, re.M)
    assert "Traceback" not in done.stderr
