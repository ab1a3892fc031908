"""Who is asking, by network address, and how often they may."""

import functools
import logging
import time

from django.conf import settings
from django.core.cache import cache
from django.shortcuts import render

MINUTE = 60

log = logging.getLogger(__name__)


def address_of(request) -> str:
    """The client's address. Behind our proxy it is the last one that the proxy noted: a client can forge only earlier ones."""
    if settings.BEHIND_PROXY:
        noted = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if noted:
            return noted
    return request.META.get("REMOTE_ADDR", "")


def too_often(request, *, what: str, a_minute: int) -> bool:
    """Count this request; True where its address has made more than ``a_minute`` of ``what`` in the current minute.

    A cache that does not answer refuses nobody: the counter guards against floods, it is no lock.
    """
    key = f"often:{what}:{address_of(request)}:{int(time.time()) // MINUTE}"
    try:
        cache.add(key, 0, timeout=2 * MINUTE)
        return cache.incr(key) > a_minute
    except Exception as error:
        log.warning("Requests can't be counted, since the cache does not answer: %s", error)
        return False


def few_sign_ins(view):
    """Doors that hash a password or try a secret: an address may post to all of them ``SIGN_INS`` times a minute.

    Locks of single names (axes) stay beside it: this one holds whoever tries many names, or makes many accounts.
    """

    @functools.wraps(view)
    def counted(request, *args, **kwargs):
        if request.method == "POST" and too_often(request, what="sign-ins", a_minute=settings.SIGN_INS):
            response = render(request, "accounts/too_often.html", status=429)
            response.headers["Retry-After"] = MINUTE
            return response
        return view(request, *args, **kwargs)

    return counted
