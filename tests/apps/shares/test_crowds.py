"""Figures of a shared page are answered from memory for a while, and the door is asked every time."""

import threading
import time
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import OperationalError, close_old_connections
from django.test import RequestFactory
from django.urls import reverse

from apps.runs import figures
from apps.shares import crowds, selectors, services
from tests.apps.runs.builders import run_of


@dataclass
class Answer:
    status: int
    headers: dict
    content: bytes


class Visitor:
    """Asks a WSGI application as a browser with the cookie of a link does."""

    def __init__(self, application, cookie: str = ""):
        self.application, self.cookie = application, cookie

    def get(self, address: str, query=(), **headers) -> Answer:
        said = []
        headers = {"Cookie": f"{selectors.COOKIE}={self.cookie}", **headers}
        environ = RequestFactory().get(f"{address}?{urlencode(query)}", headers=headers).META
        answer = self.application(environ, lambda *given: said.append(given))
        try:
            content = b"".join(answer)
        finally:
            getattr(answer, "close", lambda: None)()
        [(status, own)] = said
        assert len(dict(own)) == len(own)
        return Answer(int(status[:3]), dict(own), content)


@pytest.fixture
def run(project, alice):
    return run_of(project, alice, "Base")


@pytest.fixture
def link(project, alice, run):
    return services.create_share(project=project, title="A shift", runs=[run.pk], by=alice)[0]


@pytest.fixture
def address(link, settings):
    settings.SHARE_KEPT_SECONDS = 60
    return reverse("shared:figure", args=[link.pk, "training-loss"])


@pytest.fixture(autouse=True)
def one_connection(monkeypatch):
    """Requests leave the test's connection open, as those of the test client do."""
    monkeypatch.setattr(crowds, "close_old_connections", lambda: None)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def visitor(link):
    return Visitor(crowds.FromMemory(WSGIHandler()), selectors.visit_of(link))


@pytest.fixture
def drawn(monkeypatch):
    """Counts how often a figure is drawn."""
    times, real = [], figures.payload
    monkeypatch.setattr(figures, "payload", lambda *args: times.append(1) or real(*args))
    return times


def test_the_same_figure_is_drawn_once_and_another_view_of_it_anew(visitor, address, drawn):
    first, again = visitor.get(address), visitor.get(address)
    assert first.content == again.content and again.headers == first.headers
    assert again.headers["Cache-Control"] == "private, no-store"
    assert len(drawn) == 1
    assert visitor.get(address, {"axis": "steps"}).status == 200
    assert len(drawn) == 2


def test_who_has_it_is_told_so_also_when_it_is_drawn_anew(visitor, address, drawn, settings, monkeypatch):
    tag = visitor.get(address).headers["ETag"]
    assert visitor.get(address, **{"If-None-Match": tag}).status == 304
    settings.SHARE_KEPT_SECONDS = 1e-9
    monkeypatch.setattr(crowds, "STILL", 1)
    assert visitor.get(address, **{"If-None-Match": tag}).status == 304
    assert len(drawn) == 2


def test_what_goes_on_is_drawn_anew_sooner_than_what_is_over(visitor, address, run, drawn, settings, monkeypatch):
    settings.SHARE_KEPT_SECONDS = 1e-6
    monkeypatch.setattr(crowds, "STILL", 1e9)
    for times in (1, 1):
        assert visitor.get(address).status == 200
        assert len(drawn) == times
    type(run.job).objects.filter(pk=run.job_id).update(status="running")
    for times in (2, 3):
        assert visitor.get(address, {"axis": "steps"}).status == 200
        assert len(drawn) == times


@pytest.mark.parametrize("close", [services.revoke, services.rotate])
def test_a_link_that_was_closed_is_closed(visitor, address, link, alice, close, monkeypatch):
    monkeypatch.setattr(crowds, "DOOR", 0)
    assert visitor.get(address).status == 200
    close(link=link, by=alice)
    assert visitor.get(address).status == 404


def test_a_crowd_asks_the_door_once_in_a_while(visitor, address, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(crowds, "DOOR", 60)
    assert visitor.get(address).status == 200
    with django_assert_num_queries(0):
        assert visitor.get(address).status == 200
    monkeypatch.setattr(crowds, "LINKS", 0)
    visitor.cookie = "forged"
    assert visitor.get(address).status == 404


def test_while_one_request_asks_at_the_door_the_others_come_in_for_a_moment(link, address, monkeypatch):
    asking, gate, times, now = threading.Event(), threading.Event(), [], [100.0]

    def open_link(_):
        times.append(1)
        if len(times) > 1:
            asking.set()
            gate.wait(10)
        return link

    monkeypatch.setattr(selectors, "open_link", open_link)
    monkeypatch.setattr(crowds.time, "monotonic", lambda: now[0])
    visitor = Visitor(crowds.FromMemory(View()), selectors.visit_of(link))
    assert visitor.get(address).content == b"1"
    now[0] += 1.5 * crowds.DOOR
    late = []
    thread = threading.Thread(target=lambda: late.append(visitor.get(address).content))
    thread.start()
    assert asking.wait(10)
    assert visitor.get(address).content == b"1" and len(times) == 2
    gate.set()
    thread.join()
    assert late == [b"1"]


def test_a_database_that_is_away_is_told_of_by_whoever_tells_of_it_elsewhere(link, address, monkeypatch):
    def away(_):
        raise OperationalError("the server closed the connection")

    view = View()
    visitor = Visitor(crowds.FromMemory(view), selectors.visit_of(link))
    assert visitor.get(address).content == b"1"
    monkeypatch.setattr(crowds, "DOOR", 0)
    with monkeypatch.context() as broken:
        broken.setattr(selectors, "open_link", away)
        assert visitor.get(address).content == b"2"
    assert visitor.get(address).content == b"1"


def test_what_all_pages_say_in_their_headers_is_said_from_memory_and_to_who_has_it(visitor, address):
    first = visitor.get(address)
    again, same = visitor.get(address), visitor.get(address, **{"If-None-Match": first.headers["ETag"]})
    for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Robots-Tag"):
        assert first.headers[name] == again.headers[name] == same.headers[name]
    assert same.status == 304 and same.content == b""
    assert not {"Content-Encoding", "Content-Type", "Content-Length"} & set(same.headers)


def test_what_is_kept_is_nobody_elses(visitor, address):
    assert visitor.get(address).status == 200
    for cookie in ("", "forged", f"{visitor.cookie}x"):
        visitor.cookie = cookie
        assert visitor.get(address).status == 404


def test_mistakes_are_not_kept(visitor, address, run):
    assert visitor.get(address, {"axis": "lunar"}).status == 400
    assert visitor.get(address, {"axis": "lunar"}).status == 400
    assert visitor.get(address.replace("training-loss", "mixture")).status == 404


class View:
    """Stands for everything behind the memory: numbered answers, each as slow as ``gate`` says."""

    def __init__(self, gate=None):
        self.count, self.gate = 0, gate

    def __call__(self, environ, start_response):
        self.count += 1
        number = self.count
        if self.gate and number > 1:
            self.gate.wait(10)
        start_response("200 OK", [("ETag", f'"{number}"')])
        return [str(number).encode()]


def test_while_one_request_draws_it_anew_the_others_get_the_old_one(link, address, settings, monkeypatch):
    monkeypatch.setattr(selectors, "open_link", lambda _: link)
    settings.SHARE_KEPT_SECONDS = 1e-3
    monkeypatch.setattr(crowds, "OLDEST", 1e6)
    view = View(gate := threading.Event())
    visitor = Visitor(crowds.FromMemory(view), selectors.visit_of(link))
    assert visitor.get(address).content == b"1"
    time.sleep(0.002)
    late = []
    thread = threading.Thread(target=lambda: late.append(visitor.get(address).content))
    thread.start()
    ends = time.monotonic() + 10
    while view.count < 2 and time.monotonic() < ends:
        time.sleep(0.001)
    assert visitor.get(address).content == b"1"
    gate.set()
    thread.join()
    assert late == [b"2"]


def test_old_answers_make_room_for_new_ones(link, address, monkeypatch):
    monkeypatch.setattr(crowds, "MOST", 2)
    visitor = Visitor(crowds.FromMemory(View()), selectors.visit_of(link))
    numbers = [visitor.get(address, {"start": k}).content for k in (1, 2, 3, 1, 3)]
    assert numbers == [b"1", b"2", b"3", b"4", b"3"]
    monkeypatch.setattr(crowds, "MOST_BYTES", 1)
    assert [visitor.get(address, {"start": k}).content for k in (3, 1)] == [b"3", b"5"]


def test_what_is_no_figure_of_a_shared_page_goes_by(link, address):
    view = View()
    visitor = Visitor(crowds.FromMemory(view), selectors.visit_of(link))
    for other in ("/shared/", f"{address}x/", address.upper(), "/"):
        visitor.get(other)
        visitor.get(other)
    assert view.count == 8
