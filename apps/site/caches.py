"""Which cache an installation has. It holds counters that may be lost at any time, nothing else."""

from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

#: A cache that does not answer costs a request no more than this (seconds).
PATIENCE = 1.0


def cache(*, broker_url: str, cache_url: str = "") -> dict:
    """Django's setting for one cache: ``cache_url``, or the broker's own server in a database of its own.

    A broker that is neither Redis nor Valkey gives each process a memory of its own.
    """
    location = cache_url or beside(broker_url)
    if not location:
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": location,
        "KEY_PREFIX": "gradatim",
        "OPTIONS": {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE},
    }


def beside(broker_url: str) -> str:
    """The address of another database on the broker's server, as the redis client reads it; "" where there is none.

    The broker keeps its number (0 unless it says so); the cache takes 1, or 2 where the broker has that.
    """
    parts = urlsplit(broker_url)
    if parts.scheme in ("redis", "rediss"):
        return urlunsplit(parts._replace(path=f"/{_other(parts.path.strip('/'))}"))
    if parts.scheme == "redis+socket":
        query = parse_qs(parts.query)
        number = (query.pop("virtual_host", None) or query.pop("db", None) or ["0"])[0]
        login = f"{parts.netloc}@" if parts.netloc else ""
        return f"unix://{login}{parts.path}?{urlencode({**query, 'db': _other(number)}, doseq=True)}"
    return ""


def _other(number: str) -> str:
    return "2" if number == "1" else "1"
