import io
import time
from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from apps.metrics import services as metrics
from apps.metrics.models import Series
from apps.runs.models import Run
from apps.shares import cards, previews, services
from apps.shares.models import Picture
from gradatim.errors import UserError
from tests.apps.runs.builders import run_of

SLACK = {"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"}


@pytest.fixture
def share(project, alice):
    """(link, path of its secret address)"""
    base = run_of(project, alice, "Base")
    runs = [run_of(project, alice, name, base=base) for name in ("Code alone", "Replay")]
    link, url = services.create_share(
        project=project, title='A "shift" & more', question="Worth it?", runs=[run.pk for run in runs], by=alice
    )
    return link, url[url.index("/s/") :]


def test_a_messenger_gets_title_question_and_picture_and_counts_as_no_opening(client, share):
    link, path = share
    answer = client.get(path, headers=SLACK)
    text = answer.content.decode()
    assert 'property="og:title" content="A &quot;shift&quot; &amp; more"' in text
    assert 'property="og:description" content="Worth it?"' in text
    assert f"{path}/preview.png" in text
    assert "noindex" in answer["X-Robots-Tag"]
    assert not answer.cookies
    picture = client.get(f"{path}/preview.png", headers=SLACK)
    assert picture["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(picture.content)).size == (1200, 630)
    link.refresh_from_db()
    assert link.opens == 0


def test_people_are_led_to_the_page_as_ever(client, share):
    link, path = share
    assert client.get(path, headers={"User-Agent": "Mozilla/5.0"}).url == f"/shared/{link.pk}/"


@pytest.mark.parametrize("ending", ["", "/preview.png"])
def test_a_revoked_link_previews_nothing(client, share, alice, ending):
    link, path = share
    services.revoke(link=link, by=alice)
    answer = client.get(path + ending, headers=SLACK)
    assert answer.status_code == 404
    assert b"shift" not in answer.content


def test_a_picture_is_drawn_once_for_what_it_shows_and_at_most_once_a_minute(client, share, monkeypatch):
    link, path = share
    drawn = []
    monkeypatch.setattr(previews.unfurls, "picture_of", lambda link: drawn.append(link) or b"PNG %d" % len(drawn))

    def fetched():
        return client.get(f"{path}/preview.png").content

    assert fetched() == fetched() == b"PNG 1"
    run = Run.objects.get(pk=link.runs[0])
    metrics.append(run=run, batch={"eval/heldout/code/loss": ([9], [900], [2000.0], [0.5])})
    assert fetched() == b"PNG 1"
    Picture.objects.update(begun_at=timezone.now() - timedelta(minutes=2))
    assert fetched() == fetched() == b"PNG 2"


def test_without_evaluations_the_picture_follows_the_training_loss(share):
    link, _ = share
    Series.objects.filter(name__startswith="eval/").delete()
    before = previews._shown(link)
    assert previews._shown(link) == before
    metrics.append(run=Run.objects.get(pk=link.runs[0]), batch={"train/loss": ([90_000], [900_000], [2000.0], [0.5])})
    assert previews._shown(link) != before


def test_who_asks_while_the_first_picture_is_drawn_is_told_to_come_again(client, share, monkeypatch):
    monkeypatch.setattr(previews, "PATIENCE", 0.0)
    Picture.objects.create(link=share[0], begun_at=timezone.now())
    assert client.get(f"{share[1]}/preview.png").status_code == 429


def test_a_picture_that_could_not_be_drawn_is_tried_again(client, share, monkeypatch):
    with monkeypatch.context() as patched, pytest.raises(OSError):
        patched.setattr(previews.unfurls, "picture_of", Mock(side_effect=OSError))
        client.get(f"{share[1]}/preview.png")
    assert client.get(f"{share[1]}/preview.png").status_code == 200


def test_a_card_holds_long_titles_many_lines_and_none():
    line = {"mode": "lines", "x": [0, 1, 2], "y": [3.0, None, 2.0], "name": "n" * 200, "meta": {"color": 0}}
    layout = {"yaxis": {"title": {"text": "nats"}}}
    for data in ([], [line] * 20, [{**line, "x": [1], "y": [2.0], "line": {"dash": "dot"}}]):
        made = cards.png_of(
            title="word " * 80, said="said " * 80, about="prose", figure={"data": data, "layout": layout}
        )
        assert made[:8] == b"\x89PNG\r\n\x1a\n"
        assert len(made) < 200_000


def test_a_card_takes_names_of_several_lines_and_questions_without_a_space_in_no_time():
    line = {"mode": "lines", "x": [0, 1], "y": [3.0, 2.0], "name": "code\nalone", "meta": {"color": 0}}
    figure = {"data": [line], "layout": {"yaxis": {"title": {"text": "nats"}}}}
    began = time.process_time()
    assert cards.png_of(title="x" * 200, said="x" * 2000, about="prose", figure=figure)
    assert time.process_time() - began < 5  # half a second; 10 where every letter of the question is measured


def test_another_address_ends_the_old_one_and_every_visit(client, share, alice):
    link, path = share
    page = client.get(path, follow=True).request["PATH_INFO"]
    link, url = services.rotate(link=link, by=alice)
    assert client.get(path).status_code == 404
    assert client.get(page).status_code == 404
    assert client.get(url[url.index("/s/") :], follow=True).status_code == 200
    link.refresh_from_db()
    assert link.opens == 2


def test_a_link_that_is_over_gets_no_other_address(share, alice):
    link = services.revoke(link=share[0], by=alice)
    with pytest.raises(UserError, match="no longer open"):
        services.rotate(link=link, by=alice)


def test_an_editor_gives_a_link_another_address_after_being_asked(client, share, bob, vera):
    link, path = share
    rotate = reverse("shares:rotate", args=[link.pk])
    client.force_login(vera)
    assert client.post(rotate).status_code == 403
    client.force_login(bob)
    assert "Whoever has the old address" in client.get(rotate).text
    made = client.post(rotate)
    assert "shown this once" in made.text
    told = client.post(reverse("api:share-rotate", args=[link.pk]), headers={"Accept": "application/json"})
    assert "/s/" in told.json()["url"]
    assert told.json()["state"] == "open"
