"""Figures of a shared page are answered from memory for a while, and the door is asked every time."""

import threading
import time

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from apps.runs import figures
from apps.shares import crowds, selectors, services
from tests.apps.runs.builders import run_of


@pytest.fixture
def run(project, alice):
    return run_of(project, alice, "Base")


@pytest.fixture
def link(project, alice, run):
    return services.create_share(project=project, title="A shift", runs=[run.pk], by=alice)[0]


@pytest.fixture
def address(client, link, settings):
    settings.SHARE_KEPT_SECONDS = 60
    client.cookies[selectors.COOKIE] = selectors.visit_of(link)
    return reverse("shared:figure", args=[link.pk, "training-loss"])


@pytest.fixture
def drawn(monkeypatch):
    """Counts how often a figure is drawn."""
    times, real = [], figures.payload
    monkeypatch.setattr(figures, "payload", lambda *args: times.append(1) or real(*args))
    return times


def test_the_same_figure_is_drawn_once_and_another_view_of_it_anew(client, address, drawn):
    first, again = client.get(address), client.get(address)
    assert first.content == again.content and again["Cache-Control"] == "private, no-store"
    assert again["X-Robots-Tag"] == first["X-Robots-Tag"] and again["ETag"] == first["ETag"]
    assert len(drawn) == 1
    assert client.get(address, {"axis": "steps"}).status_code == 200
    assert len(drawn) == 2


def test_who_has_it_is_told_so_also_when_it_is_drawn_anew(client, address, drawn, settings, monkeypatch):
    tag = client.get(address)["ETag"]
    assert client.get(address, headers={"if-none-match": tag}).status_code == 304
    settings.SHARE_KEPT_SECONDS = 1e-9
    monkeypatch.setattr(crowds, "STILL", 1)
    assert client.get(address, headers={"if-none-match": tag}).status_code == 304
    assert len(drawn) == 2


def test_what_goes_on_is_drawn_anew_sooner_than_what_is_over(client, address, run, drawn, settings, monkeypatch):
    settings.SHARE_KEPT_SECONDS = 1e-6
    monkeypatch.setattr(crowds, "STILL", 1e9)
    for times in (1, 1):
        assert client.get(address).status_code == 200
        assert len(drawn) == times
    type(run.job).objects.filter(pk=run.job_id).update(status="running")
    for times in (2, 3):
        assert client.get(address, {"axis": "steps"}).status_code == 200
        assert len(drawn) == times


@pytest.mark.parametrize("close", [services.revoke, services.rotate])
def test_a_link_that_was_closed_is_closed(client, address, link, alice, close, monkeypatch):
    monkeypatch.setattr(crowds, "DOOR", 0)
    assert client.get(address).status_code == 200
    close(link=link, by=alice)
    assert client.get(address).status_code == 404


def test_a_crowd_asks_the_door_once_in_a_while(client, address, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(crowds, "DOOR", 60)
    assert client.get(address).status_code == 200
    with django_assert_num_queries(0):
        assert client.get(address).status_code == 200
    monkeypatch.setattr(crowds, "VISITORS", 0)
    client.cookies[selectors.COOKIE] = "forged"
    assert client.get(address).status_code == 404


def test_what_is_kept_is_nobody_elses(client, address):
    assert client.get(address).status_code == 200
    client.cookies.clear()
    assert client.get(address).status_code == 404


def test_mistakes_are_not_kept(client, address, run):
    assert client.get(address, {"axis": "lunar"}).status_code == 400
    assert client.get(address, {"axis": "lunar"}).status_code == 400
    assert client.get(address.replace("training-loss", "mixture")).status_code == 404


class View:
    """Stands for everything behind the memory: numbered answers, each as slow as ``gate`` says."""

    def __init__(self, gate=None):
        self.count, self.gate = 0, gate

    def __call__(self, request):
        self.count += 1
        number = self.count
        if self.gate and number > 1:
            self.gate.wait(10)
        return HttpResponse(str(number), headers={"ETag": f'"{number}"'})


def asked(link, memory, query=""):
    request = RequestFactory().get(reverse("shared:figure", args=[link.pk, "training-loss"]) + query)
    request.COOKIES[selectors.COOKIE] = selectors.visit_of(link)
    return memory(request).content.decode()


def test_while_one_request_draws_it_anew_the_others_get_the_old_one(link, settings, monkeypatch):
    monkeypatch.setattr(selectors, "visited", lambda **_: link)
    settings.SHARE_KEPT_SECONDS = 1e-3
    monkeypatch.setattr(crowds, "OLDEST", 1e6)
    view = View(gate := threading.Event())
    memory = crowds.FromMemory(view)
    assert asked(link, memory) == "1"
    time.sleep(0.002)
    late = []
    thread = threading.Thread(target=lambda: late.append(asked(link, memory)))
    thread.start()
    ends = time.monotonic() + 10
    while view.count < 2 and time.monotonic() < ends:
        time.sleep(0.001)
    assert asked(link, memory) == "1"
    gate.set()
    thread.join()
    assert late == ["2"]


def test_old_answers_make_room_for_new_ones(link, settings, monkeypatch):
    settings.SHARE_KEPT_SECONDS = 60
    monkeypatch.setattr(crowds, "MOST", 2)
    memory = crowds.FromMemory(View())
    assert [asked(link, memory, f"?start={k}") for k in (1, 2, 3, 1, 3)] == ["1", "2", "3", "4", "3"]
    monkeypatch.setattr(crowds, "MOST_BYTES", 1)
    assert [asked(link, memory, f"?start={k}") for k in (3, 1)] == ["3", "5"]
