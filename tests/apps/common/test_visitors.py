"""Counting requests by address: whose address it is, and what happens without a cache."""

import pytest
from django.core.cache import cache

from apps.common import visitors


@pytest.fixture(autouse=True)
def memory(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.fixture
def ask(rf, monkeypatch):
    monkeypatch.setattr(visitors.time, "time", lambda: 1_000_000.0)

    def ask(address="198.51.100.7", limit=2):
        return visitors.too_often(rf.get("/", REMOTE_ADDR=address), what="opens", a_minute=limit)

    return ask


def test_an_address_may_ask_so_often_a_minute_and_others_still_may(ask, monkeypatch):
    assert [ask(), ask(), ask()] == [False, False, True]
    assert ask("198.51.100.8") is False
    monkeypatch.setattr(visitors.time, "time", lambda: 1_000_060.0)
    assert ask() is False


def test_a_cache_that_is_away_refuses_nobody(ask, settings, caplog):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "unix:///nowhere/at.all"}
    }
    assert [ask(limit=0), ask(limit=0)] == [False, False]
    assert "the cache does not answer" in caplog.text


def test_behind_a_proxy_only_what_the_proxy_itself_noted_counts(rf, settings):
    request = rf.get("/", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.1, 198.51.100.7")
    settings.BEHIND_PROXY = False
    assert visitors.address_of(request) == "127.0.0.1"
    settings.BEHIND_PROXY = True
    assert visitors.address_of(request) == "198.51.100.7"
    assert visitors.address_of(rf.get("/", REMOTE_ADDR="127.0.0.1")) == "127.0.0.1"
