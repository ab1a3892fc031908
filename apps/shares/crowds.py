"""Figures of shared pages for many visitors at once: drawn once, then answered from memory.

A link that is sent around is opened by hundreds within a minute, and a live page asks again every two seconds. An answer is kept for
SHARE_KEPT_SECONDS in each web process, and longer where no run goes on; then one request draws it anew while the others get the old one. Whether
the link is open is asked of the database again after a tenth of a second, by one request while the others come in for another tenth: sooner no
person who revoked a link can look whether it is closed. Every visitor's cookie is looked at each time.

This stands before Django, whose way through all its layers takes several times as long as an answer does here.
"""

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.http import parse_cookie
from django.utils.http import parse_etags

from apps.shares import selectors
from apps.shares.models import ShareLink

#: Answers in each process, and their bytes: a figure of 20 long lines takes 0.1 MB.
MOST, MOST_BYTES = 500, 64_000_000
#: So many times as long an answer is kept whose runs are over: names, the trash and what is asked of them later change it then.
STILL = 15
#: Seconds for which a link that was open is taken to be open, and how many such links are known at a time.
DOOR, LINKS = 0.1, 1000
#: An answer that is older than so many times what it is kept for is not given any more while it is drawn anew.
OLDEST = 5
#: What else an answer depends on. A name of this server that is not allowed is refused by Django, and so is not kept.
_VARYING = (
    "wsgi.url_scheme",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_HOST",
    "PATH_INFO",
    "QUERY_STRING",
    "HTTP_ACCEPT_ENCODING",
)
_FIGURE = re.compile(r"/shared/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/figures/[\w-]+/")

Headers = list[tuple[str, str]]


class _Answer(NamedTuple):
    """``at``: when it was done, by the monotonic clock. ``live``: whether there will soon be more to draw."""

    body: bytes = b""
    headers: Headers = []
    etag: str = ""
    at: float = float("-inf")
    live: bool = True


@dataclass(slots=True)
class _Kept:
    """``drawing`` is held by the one request that draws the answer anew."""

    answer: _Answer = _Answer()
    drawing: threading.Lock = field(default_factory=threading.Lock)


class _Door(NamedTuple):
    """The link where it was open, and when that was asked."""

    link: ShareLink | None = None
    at: float = float("-inf")


class FromMemory:
    """A WSGI application before another one; what it does not answer it hands on."""

    def __init__(self, application: Callable):
        self._application = application
        self._kept: OrderedDict[tuple, _Kept] = OrderedDict()
        self._doors: dict[str, _Door] = {}
        self._bytes, self._lock, self._asking = 0, threading.Lock(), threading.Lock()

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        asked, seconds = _FIGURE.fullmatch(environ.get("PATH_INFO", "")), settings.SHARE_KEPT_SECONDS
        if not asked or environ["REQUEST_METHOD"] != "GET" or seconds <= 0 or not self._may_see(asked[1], environ):
            return self._application(environ, start_response)  # the view says what no visitor is answered with
        key, now = tuple(environ.get(name) for name in _VARYING), time.monotonic()
        kept = self._of(key)
        age, seconds = now - kept.answer.at, seconds * (1 if kept.answer.live else STILL)
        if age < seconds or not kept.drawing.acquire(blocking=age > OLDEST * seconds):
            return _replayed(environ, start_response, kept.answer)
        try:  # whoever waited finds what another one has drawn meanwhile
            if kept.answer.at <= now:
                return self._drawn(environ, start_response, key, kept)
        finally:
            kept.drawing.release()
        return _replayed(environ, start_response, kept.answer)

    def _may_see(self, link: str, environ: dict) -> bool:
        cookie = parse_cookie(environ.get("HTTP_COOKIE", "")).get(selectors.COOKIE)
        found = self._door(link).link
        return found is not None and selectors.is_visit(found, cookie)

    def _door(self, link: str) -> _Door:
        door = self._doors.get(link, _Door())
        age = time.monotonic() - door.at
        if age < DOOR:
            return door
        alone = self._asking.acquire(blocking=False)
        if not alone and age < 2 * DOOR:
            return door
        try:
            return self._asked(link)
        finally:
            if alone:
                self._asking.release()

    def _asked(self, link: str) -> _Door:
        now = time.monotonic()
        try:
            door = _Door(selectors.open_link(UUID(link)), now)
        except DatabaseError:  # Django finds the same, and says so as it does on every page
            return _Door()
        finally:
            close_old_connections()  # as Django does at the end of a request
        if len(self._doors) >= LINKS:
            self._doors.clear()
        self._doors[link] = door
        return door

    def _of(self, key: tuple) -> _Kept:
        """What is kept under a key; the longest unused make room."""
        with self._lock:
            kept = self._kept.setdefault(key, _Kept())
            self._kept.move_to_end(key)
            while len(self._kept) > 1 and (len(self._kept) > MOST or self._bytes > MOST_BYTES):
                self._bytes -= len(self._kept.popitem(last=False)[1].answer.body)
        return kept

    def _drawn(self, environ: dict, start_response: Callable, key: tuple, kept: _Kept) -> Iterable[bytes]:
        """As Django draws it for a browser that has nothing yet; only what went well is kept."""
        said = []
        asked = {name: value for name, value in environ.items() if name != "HTTP_IF_NONE_MATCH"}
        response = self._application(asked, lambda *answer: said.append(answer))
        try:
            body, live = b"".join(response), getattr(response, "live", True)
        finally:
            if hasattr(response, "close"):
                response.close()
        status, headers = said[-1][:2]
        names = {name.lower(): value for name, value in headers}
        if not status.startswith("200 ") or "set-cookie" in names:
            start_response(*said[-1])
            return [body]
        with self._lock:
            if self._kept.get(key) is kept:
                self._bytes += len(body) - len(kept.answer.body)
            kept.answer = _Answer(body, headers, names.get("etag", ""), time.monotonic(), live)
        return _replayed(environ, start_response, kept.answer)


def _replayed(environ: dict, start_response: Callable, answer: _Answer) -> Iterable[bytes]:
    wanted = parse_etags(environ.get("HTTP_IF_NONE_MATCH", ""))
    if answer.etag and answer.etag.removeprefix("W/") in [tag.removeprefix("W/") for tag in wanted]:
        about = {"content-type", "content-length", "content-encoding"}
        start_response("304 Not Modified", [pair for pair in answer.headers if pair[0].lower() not in about])
        return []
    start_response("200 OK", list(answer.headers))
    return [answer.body]
