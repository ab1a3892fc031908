import io
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from apps.jobs.models import Attempt, Job, Status
from apps.metrics import services as metrics
from apps.runs.models import Run
from apps.shares import selectors, services, snapshots
from apps.shares.models import Picture, ShareLink, Snapshot, SnapshotChunk
from apps.trash.kinds import KINDS
from apps.trash.services import purge, put
from tests.apps.runs.builders import GAP, run_of

FIGURES = ("evaluation-loss", "training-loss", "learning-rate")


@pytest.fixture
def runs(project, alice):
    """Two continuations of one base; the second is still trained and has evaluated twice."""
    base = run_of(project, alice, "Base")
    halfway = {"code": [3.0, 2.5], "prose": GAP[:2]}
    return [
        run_of(project, alice, "Code alone", base=base),
        run_of(project, alice, "Replay", base=base, status=Status.RUNNING, losses=halfway),
    ]


class Visit:
    """A visitor with a link of their own."""

    def __init__(self, runs, by, **asked):
        made = {"title": "A shift", "runs": [run.pk for run in runs], "project": runs[0].project, "by": by}
        self.link, url = services.create_share(**made, **asked)
        self.secret = url[url.index("/s/") :]
        self.client = Client()
        self.page = self.client.get(self.secret).url

    def get(self, rest=""):
        return self.client.get(self.page + rest)

    def seen(self):
        """What the page says in two views, its figures over every axis, its table."""
        said = [self.get(query).context["compared"] for query in ("", "?domain=prose&tolerance=0.5&baseline=2")]
        axes = ("tokens", "steps", "samples", "time", "clock")
        drawn = [self.get(f"figures/{name}/?axis={axis}").json() for name in FIGURES for axis in axes]
        near = self.get("figures/training-loss/?axis=steps&start=3&stop=9").json()
        return said, drawn, near, b"".join(self.get("table.csv").streaming_content)


def go_on(run):
    """Points arrive, the run ends, and everything is called something else."""
    metrics.append(run=run, batch={"eval/heldout/code/loss": ([9], [390], [2000.0], [0.5])})
    metrics.append(run=run, batch={"train/loss": ([99], [399], [2000.0], [0.5])})
    Attempt.objects.create(job=run.job, number=2, worker="w", lease=uuid.uuid4())
    Job.objects.filter(pk=run.job_id).update(status=Status.SUCCEEDED)
    Run.objects.filter(pk=run.pk).update(
        name="Another name", seed=7, certificate={"matches": False, "first_difference": 3}
    )
    run.version.curriculum.name = "Another curriculum"
    run.version.curriculum.save()


def test_a_frozen_link_shows_what_there_was_and_a_live_one_what_there_is(runs, alice):
    live, frozen = Visit(runs, alice), Visit(runs, alice, frozen=True)
    before = live.seen()
    then = frozen.seen()
    assert [part["answers"] for part in then[0]] == [part["answers"] for part in before[0]]
    assert [chart["figure"] for chart in then[1]] == [chart["figure"] for chart in before[1]]
    assert then[2:] == (before[2] | {"live": False}, before[3])
    go_on(runs[1])
    assert frozen.seen() == then
    assert live.seen() != before
    assert b"Another name" in live.seen()[3]


def test_a_frozen_link_says_since_when_and_is_asked_no_more(runs, alice):
    frozen = Visit(runs, alice, frozen=True)
    page = frozen.get()
    assert f"As of {frozen.link.frozen_at:%-d %b %Y}" in page.text
    assert "Some runs had not finished." in page.text
    assert "data-poll" not in page.text
    assert page.context["compared"]["answers"][1]["sentence"].startswith("So far: ")
    assert not any(frozen.get(f"figures/{name}/").json()["live"] for name in FIGURES)
    assert f"{frozen.link.frozen_at:%-d %B %Y, %H:%M} UTC" in frozen.get("comparison.html").text


def test_a_frozen_link_needs_its_runs_no_longer(project, runs, alice):
    frozen, live = Visit(runs, alice, frozen=True), Visit(runs[:1], alice)
    then = frozen.seen()
    kind = KINDS["run"]
    assert "share link" in kind.needs(runs[0])[0]
    services.revoke(link=live.link, by=alice)
    Job.objects.filter(pk=runs[1].job_id).update(status=Status.SUCCEEDED)
    for run in runs:
        put(kind=kind, row=run, by=alice)
    assert frozen.seen() == then
    for run in runs:
        purge(kind=kind, row=Run.with_trash.get(pk=run.pk), by=alice)
    assert frozen.seen() == then
    picture = Client().get(f"{frozen.secret}/preview.png")
    assert Image.open(io.BytesIO(picture.content)).size == (1200, 630)


def test_what_a_link_kept_goes_with_its_end(runs, alice):
    revoked, expired, open_ = (Visit(runs, alice, frozen=True) for _ in range(3))
    for visit in (revoked, expired, open_):
        Client().get(f"{visit.secret}/preview.png")
    services.revoke(link=revoked.link, by=alice)
    ShareLink.objects.filter(pk=expired.link.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    services.forget_expired()
    for model in (Snapshot, SnapshotChunk, Picture):
        assert set(model.objects.values_list("link", flat=True)) == {open_.link.pk}
    assert (revoked.get().status_code, expired.get().status_code, open_.get().status_code) == (404, 404, 200)


def test_who_looks_while_a_link_is_revoked_is_told_what_everybody_is_told_after(runs, alice, monkeypatch):
    frozen = Visit(runs, alice, frozen=True)
    link = ShareLink.objects.get()
    services.revoke(link=link, by=alice)
    monkeypatch.setattr(selectors, "visited", lambda **_: link)  # the door was passed a moment before
    monkeypatch.setattr(services, "find_share", lambda **_: link)
    for rest in ("", "figures/training-loss/", "table.csv", "comparison.html"):
        assert frozen.get(rest).status_code == 404
    assert Client().get(f"{frozen.secret}/preview.png").status_code == 404


def test_points_that_come_while_it_is_kept_are_in_it_only_if_all_that_is_said_knows_them(runs, alice, monkeypatch):
    real = snapshots.facts_of

    def late(*args, **asked):
        found = real(*args, **asked)
        metrics.append(run=runs[1], batch={"train/loss": ([99], [399], [2000.0], [0.5])})
        return found

    monkeypatch.setattr(snapshots, "facts_of", late)
    drawn = Visit(runs, alice, frozen=True).get("figures/training-loss/").json()["figure"]
    assert all(399 not in line["x"] for line in drawn["data"])


def test_another_address_keeps_what_was_frozen(runs, alice):
    frozen = Visit(runs, alice, frozen=True)
    then = frozen.seen()
    _, url = services.rotate(link=frozen.link, by=alice)
    assert frozen.get().status_code == 404
    frozen.client.get(url[url.index("/s/") :])
    assert frozen.seen() == then


def test_how_many_queries_a_frozen_page_makes_does_not_grow_with_its_runs(project, alice):
    counts = []
    for number in (2, 5):
        base = run_of(project, alice, "Base")
        frozen = Visit([run_of(project, alice, f"Run {k}", base=base) for k in range(number)], alice, frozen=True)
        with CaptureQueriesContext(
            connection,
        ) as made:
            frozen.get()
        counts.append(len(made))
    assert counts[0] == counts[1] <= 4


def test_the_dialog_offers_both_and_the_list_says_which(signed_in, alice, runs, project):
    client = signed_in(alice)
    page = client.get(reverse("comparisons:compare") + f"?runs={','.join(str(run.pk) for run in runs)}").text
    assert "Frozen: what the comparison shows now" in page
    posted = {"runs": str(runs[0].pk), "title": "Kept", "days": "30"}
    client.post(reverse("shares:create"), posted)
    assert ShareLink.objects.get().frozen_at is None
    made = client.post(reverse("shares:create"), posted | {"frozen": "frozen"}).text
    link = ShareLink.objects.exclude(frozen_at=None).get()
    assert f"as it was on {link.frozen_at:%-d %B %Y}" in made
    assert client.get(reverse("comparisons:list", args=[project.pk])).text.count('class="sub">frozen') == 1


def test_the_api_freezes_too(signed_in, alice, runs, project):
    asked = {"title": "Kept", "runs": [str(runs[0].pk)], "frozen": True}
    address = reverse("api:project-shares", args=[project.pk])
    made = signed_in(alice).post(address, asked, content_type="application/json").json()
    assert made["frozen_at"]
    assert Snapshot.objects.get().link_id == uuid.UUID(made["id"])


def test_more_points_than_a_link_may_copy_are_refused_at_the_choice_and_nothing_is_made(
    signed_in, alice, runs, project, monkeypatch
):
    monkeypatch.setattr(snapshots, "MOST_CHUNKS", 0)
    asked = {"title": "Friday", "runs": ",".join(str(run.pk) for run in runs), "days": "30", "frozen": "frozen"}
    page = signed_in(alice).post(reverse("shares:create"), asked).content.decode()
    assert "which is too much to copy: freeze fewer of them, or share them live" in page
    assert not project.shares.exists()
