"""Figures of shared pages for many visitors at once: drawn once, then answered from memory.

A link that is sent around is opened by hundreds within a minute, and a live page asks again every two seconds. An answer is kept for
SHARE_KEPT_SECONDS in each web process, and longer where no run goes on; then one request draws it anew while the others get the old one. Whether
the visitor may see it is asked of the database again after a tenth of a second: sooner no person who revoked a link can look whether it is closed.
"""

import re
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

from apps.shares import selectors

#: Answers in each process, and their bytes: a figure of 20 long lines takes 0.2 MB.
MOST, MOST_BYTES = 500, 64_000_000
#: So many times as long an answer is kept whose runs are over: names, the trash and what is asked of them later change it then.
STILL = 15
#: Seconds for which a visitor whom the database let in is let in again, and how many such visitors are known at a time.
DOOR, VISITORS = 0.1, 10_000
#: An answer that is older than so many times what it is kept for is not given any more while it is drawn anew.
OLDEST = 5
_FIGURE = re.compile(r"/shared/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/figures/[\w-]+/")


class _Answer(NamedTuple):
    """``at``: when it was done, by the monotonic clock. ``live``: whether there will soon be more to draw."""

    body: bytes = b""
    headers: dict = {}
    at: float = float("-inf")
    live: bool = True


@dataclass(slots=True)
class _Kept:
    """``drawing`` is held by the one request that draws the answer anew."""

    answer: _Answer = _Answer()
    drawing: threading.Lock = field(default_factory=threading.Lock)


class FromMemory:
    """Middleware. It stands before sessions and sign-in, with which these addresses have nothing to do."""

    def __init__(self, get_response):
        self._get_response = get_response
        self._kept: OrderedDict[tuple, _Kept] = OrderedDict()
        self._let_in: dict[tuple, float] = {}
        self._bytes, self._lock = 0, threading.Lock()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked, seconds = _FIGURE.fullmatch(request.path_info), settings.SHARE_KEPT_SECONDS
        if not asked or request.method != "GET" or seconds <= 0:
            return self._get_response(request)
        if not self._may_see(asked[1], request.COOKIES.get(selectors.COOKIE)):
            return self._get_response(request)  # the view says what that is answered with
        key, now = (request.get_full_path(), request.headers.get("Accept-Encoding")), time.monotonic()
        kept = self._of(key)
        age, seconds = now - kept.answer.at, seconds * (1 if kept.answer.live else STILL)
        if age < seconds or not kept.drawing.acquire(blocking=age > OLDEST * seconds):
            return _replayed(request, kept.answer)
        try:  # whoever waited finds what another one has drawn meanwhile
            return _replayed(request, kept.answer) if kept.answer.at > now else self._drawn(request, key, kept)
        finally:
            kept.drawing.release()

    def _may_see(self, link: str, cookie: str | None) -> bool:
        now = time.monotonic()
        if now - self._let_in.get((link, cookie), float("-inf")) < DOOR:
            return True
        if selectors.visited(link_id=UUID(link), cookie=cookie) is None:
            return False
        if len(self._let_in) > VISITORS:
            self._let_in.clear()
        self._let_in[link, cookie] = now
        return True

    def _of(self, key: tuple) -> _Kept:
        """What is kept under a key; the longest unused make room."""
        with self._lock:
            kept = self._kept.setdefault(key, _Kept())
            self._kept.move_to_end(key)
            while len(self._kept) > 1 and (len(self._kept) > MOST or self._bytes > MOST_BYTES):
                self._bytes -= len(self._kept.popitem(last=False)[1].answer.body)
        return kept

    def _drawn(self, request: HttpRequest, key: tuple, kept: _Kept) -> HttpResponse:
        """As the view draws it for a browser that has nothing yet; only what went well is kept."""
        had = request.META.pop("HTTP_IF_NONE_MATCH", None)
        response = self._get_response(request)
        if had is not None:
            request.META["HTTP_IF_NONE_MATCH"] = had
        if response.status_code != 200 or response.streaming or response.cookies:
            return response
        with self._lock:
            if self._kept.get(key) is kept:
                self._bytes += len(response.content) - len(kept.answer.body)
            kept.answer = _Answer(
                response.content, dict(response.headers), time.monotonic(), getattr(response, "live", True)
            )
        return _replayed(request, kept.answer)


def _replayed(request: HttpRequest, answer: _Answer) -> HttpResponse:
    response = HttpResponse(answer.body, headers=answer.headers)
    return get_conditional_response(request, etag=answer.headers.get("ETag"), response=response) or response
