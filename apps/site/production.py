"""What production refuses to start with: one sentence for each setting that is missing or unsafe."""

from collections.abc import Mapping
from urllib.parse import urlsplit

SHORTEST_KEY = 50
FEWEST_CHARACTERS = 10
PLACEHOLDERS = ("development-only", "django-insecure", "change-me", "changeme", "secret", "insecure")
DATABASES = {"postgres", "postgresql", "pgsql"}
BROKERS = {"redis", "rediss", "redis+socket", "amqp", "amqps"}
MAKE_A_KEY = 'python -c "import secrets; print(secrets.token_urlsafe(50))" makes one'
ON = {"1", "true", "yes", "on", "y", "t"}


def problems(given: Mapping[str, str]) -> list[str]:
    """The sentences, in the order of the documentation; empty where production may start. Values are never quoted."""
    return [sentence for check in (_key, _database, _broker, _hosts, _address, _debugging) for sentence in check(given)]


def _key(given):
    key = given.get("SECRET_KEY", "")
    if not key:
        yield f"SECRET_KEY is not set: {MAKE_A_KEY}."
    elif key.lower().startswith(PLACEHOLDERS):
        yield f"SECRET_KEY is a placeholder: {MAKE_A_KEY}."
    elif len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_CHARACTERS:
        yield f"SECRET_KEY is too easy to guess, it needs at least {SHORTEST_KEY} random characters: {MAKE_A_KEY}."


def _database(given):
    url = given.get("DATABASE_URL", "")
    if not url:
        yield "DATABASE_URL is not set: name the PostgreSQL database, like postgres://user:password@host:5432/gradatim."
    elif urlsplit(url).scheme not in DATABASES:
        yield "DATABASE_URL names no PostgreSQL database: it must begin with postgres://."


def _broker(given):
    url = given.get("BROKER_URL", "")
    if not url:
        yield "BROKER_URL is not set: name the Redis or Valkey server, like redis://host:6379/0."
    elif urlsplit(url).scheme not in BROKERS:
        yield "BROKER_URL names no broker that Gradatim can use: it must begin with redis://, rediss:// or amqp://."


def _hosts(given):
    hosts = names(given.get("ALLOWED_HOSTS", ""))
    if not hosts:
        yield "ALLOWED_HOSTS is not set: list the host names that people type, separated by commas."
    elif "*" in hosts:
        yield "ALLOWED_HOSTS contains *, which lets anybody forge links: list the host names that people type."


def _address(given):
    url = given.get("BASE_URL", "")
    hosts = names(given.get("ALLOWED_HOSTS", ""))
    if not url:
        yield "BASE_URL is not set: give the address at which people open Gradatim, like https://gradatim.example.org."
        return
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        yield "BASE_URL is no https address: passwords and share links must not travel in the clear."
    elif hosts and "*" not in hosts and not any(_covers(host, parts.hostname) for host in hosts):
        yield "BASE_URL names a host that ALLOWED_HOSTS does not list: add it there."


def _debugging(given):
    for name in ("DEBUG", "STATIC_FROM_SOURCE"):
        if given.get(name, "").strip().lower() in ON:
            yield f"{name} is switched on, which is for development only: remove it."


def names(text: str) -> list[str]:
    return [part.strip().lower() for part in text.split(",") if part.strip()]


def _covers(pattern: str, host: str) -> bool:
    return host == pattern or (pattern.startswith(".") and (host == pattern[1:] or host.endswith(pattern)))
