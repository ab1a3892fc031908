import logging
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.shares import public, selectors, services
from apps.shares.models import ShareLink
from gradatim.errors import UserError
from tests.apps.runs.builders import run_of


@pytest.fixture
def runs(project, alice):
    base = run_of(project, alice, "Base")
    return [run_of(project, alice, "Code alone", base=base), run_of(project, alice, "Replay", base=base)]


@pytest.fixture
def share(project, alice, runs):
    """(link, path of its secret address)"""
    link, url = services.create_share(
        project=project, title="A shift", question="Does replay help?", runs=[run.pk for run in runs], by=alice
    )
    return link, url[url.index("/s/") :]


def opened(client, path):
    """The shared page, its secret exchanged."""
    return client.get(path, follow=True)


def test_the_token_is_kept_only_as_a_hash(share):
    link, path = share
    token = path.removeprefix("/s/")
    assert len(token) >= 43
    assert link.token_hash == services.hash_of(token)
    assert token not in str(ShareLink.objects.values().get())


def test_a_stranger_opens_the_link_and_the_secret_leaves_the_address(client, share):
    link, path = share
    answer = client.get(path)
    assert (answer.status_code, answer.url) == (302, f"/shared/{link.pk}/")
    cookie = answer.cookies["share"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (f"/shared/{link.pk}/", True, "Lax")
    page = client.get(answer.url)
    assert page.status_code == 200
    assert "Does replay help?" in page.content.decode()


def test_headers_keep_a_shared_page_to_its_reader(client, share):
    link, path = share
    exchanged = client.get(path)
    page = client.get(exchanged.url)
    figure = client.get(f"{exchanged.url}figures/training-loss/")
    missing = client.get("/s/nothing")
    for answer in (exchanged, page, figure, missing):
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer["X-Robots-Tag"]
        assert answer["Cache-Control"] == "private, no-store"
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


def test_openings_are_counted_by_exchange(client, share):
    link, path = share
    opened(client, path)
    opened(client, path)
    client.head(path)
    link.refresh_from_db()
    assert link.opens == 2
    assert link.last_opened_at


def test_unknown_expired_and_revoked_are_one_page(client, project, alice, runs):
    bodies = set()
    for spoil in ("unknown", "expired", "revoked", "no cookie"):
        link, url = services.create_share(project=project, title="Secret title", runs=[runs[0].pk], by=alice)
        path = url[url.index("/s/") :]
        if spoil == "unknown":
            path += "x"
        elif spoil == "expired":
            ShareLink.objects.filter(pk=link.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        elif spoil == "revoked":
            services.revoke(link=link, by=alice)
        else:
            path = f"/shared/{link.pk}/"
        answer = client.get(path, follow=True)
        assert answer.status_code == 404
        bodies.add(answer.content)
        link.refresh_from_db()
        assert link.opens == 0
    assert len(bodies) == 1
    assert b"not available" in bodies.pop()


def test_revoking_ends_a_visit_that_is_under_way(client, share, alice):
    link, path = share
    page = opened(client, path).request["PATH_INFO"]
    services.revoke(link=link, by=alice)
    for address in (page, f"{page}figures/training-loss/", f"{page}table.csv"):
        assert client.get(address).status_code == 404


def test_a_cookie_opens_its_own_link_only(client, share, project, alice, runs):
    link, path = share
    other, _ = services.create_share(project=project, title="Other", runs=[runs[0].pk], by=alice)
    client.get(path)
    client.cookies["share"] = client.cookies["share"].value
    assert client.get(f"/shared/{link.pk}/").status_code == 200
    assert client.get(f"/shared/{other.pk}/").status_code == 404


def test_a_forged_cookie_opens_nothing(client, share):
    link, _ = share
    client.cookies["share"] = f"{link.pk}:1abcde:forged"
    assert client.get(f"/shared/{link.pk}/").status_code == 404


def test_the_visit_ends_after_half_a_day(client, share, monkeypatch):
    import time

    link, path = share
    page = opened(client, path).request["PATH_INFO"]
    later = time.time() + 12 * 3600 + 5
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert client.get(page).status_code == 404


def test_no_id_of_the_application_is_accepted_on_shared_addresses(client, share, runs):
    link, path = share
    opened(client, path)
    for key in (runs[0].pk, runs[0].job_id, link.project_id):
        assert client.get(f"/shared/{key}/").status_code == 404


def test_a_shared_page_tells_nothing_that_is_not_on_its_list(client, share, runs, alice, project):
    runs[0].notes = "/srv/secret/notes"
    runs[0].save()
    link, path = share
    page = opened(client, path)
    where = page.request["PATH_INFO"]
    texts = [page.content.decode(), b"".join(client.get(f"{where}table.csv").streaming_content).decode()]
    texts += [client.get(f"{where}figures/{name}/").content.decode() for name in ("evaluation-loss", "training-loss")]
    hidden = [alice.username, alice.email, project.name, "secret", "gpu@", "/srv", str(project.pk)]
    hidden += [str(key) for run in runs for key in (run.pk, run.job_id, run.plan_id, run.version_id)]
    hidden += ["d" * 12, "e" * 12, link.token_hash[:12]]
    for text in texts:
        assert [word for word in hidden if word in text] == []
    addresses = set(re.findall(r'(?:href|action|data-figure|hx-get|src)="([^"]*)"', texts[0]))
    assert all(a.startswith((where, "/static/", "#")) for a in addresses), addresses


def test_a_shared_page_shows_no_other_run_whatever_is_asked(client, share, project, alice):
    other = run_of(project, alice, "Private run")
    _, path = share
    page = opened(client, path).request["PATH_INFO"]
    for query in (f"?runs={other.pk}", "?domain=none", "?tolerance=-1", "?axis=nonsense"):
        answer = client.get(page + query)
        assert answer.status_code == 200
        assert "Private run" not in answer.content.decode()
    assert client.get(f"{page}figures/mixture/").status_code == 404


def test_a_visitor_may_change_the_view(client, share):
    _, path = share
    page = opened(client, path).request["PATH_INFO"]
    answer = client.get(f"{page}?domain=prose&tolerance=0.5")
    assert answer.context["compared"]["gaps"][0]["recovery_at"] == 200


def test_a_figure_that_cannot_be_drawn_says_so_in_words(client, share):
    _, path = share
    page = opened(client, path).request["PATH_INFO"]
    answer = client.get(f"{page}figures/training-loss/?axis=nonsense")
    assert answer.status_code == 400
    assert "axis" in answer.json()["detail"]


def test_marks_of_recovery_follow_the_tolerance_that_a_visitor_asks_for(client, share, monkeypatch):
    _, path = share
    page = opened(client, path).request["PATH_INFO"]
    asked = []
    monkeypatch.setattr(public.figures, "payload", lambda name, runs, query: asked.append(query) or {})
    client.get(f"{page}figures/evaluation-loss/?domain=prose&tolerance=0.5")
    assert asked[0]["tolerance"] == "0.5"


@pytest.mark.parametrize(
    ("change", "field"),
    [({"title": " "}, "title"), ({"days": 0}, "days"), ({"days": 400}, "days"), ({"runs": []}, "runs")],
)
def test_what_cannot_be_shared_names_its_field(project, alice, runs, change, field):
    asked = {"title": "T", "runs": [runs[0].pk], "days": 7} | change
    with pytest.raises(UserError) as error:
        services.create_share(project=project, by=alice, **asked)
    assert error.value.field == field


def test_runs_of_another_project_are_not_shared(project, alice, runs):
    from apps.accounts.models import Project

    elsewhere = run_of(Project.objects.create(name="Elsewhere"), alice)
    with pytest.raises(UserError, match="one project"):
        services.create_share(project=project, title="T", runs=[runs[0].pk, elsewhere.pk], by=alice)


def test_editors_share_and_the_link_is_shown_once(client, runs, bob, project):
    client.force_login(bob)
    posted = {"runs": ",".join(str(run.pk) for run in runs), "title": "A shift", "days": "30", "domain": "prose"}
    answer = client.post(reverse("shares:create"), posted, headers={"HX-Request": "true"})
    url = re.search(r'value="(http[^"]*/s/[^"]+)"', answer.content.decode())[1]
    assert ShareLink.objects.get().view == {"domain": "prose"}
    listed = client.get(reverse("comparisons:list", args=[project.pk])).content.decode()
    assert "A shift" in listed
    assert url.rsplit("/", 1)[1] not in listed


def test_viewers_and_strangers_share_and_revoke_nothing(client, runs, share, vera, charlie):
    link, _ = share
    for user, status in ((vera, 403), (charlie, 404)):
        client.force_login(user)
        posted = {"runs": str(runs[0].pk), "title": "T", "days": "7"}
        assert client.post(reverse("shares:create"), posted).status_code == status
        assert client.post(reverse("shares:revoke", args=[link.pk])).status_code == status
    link.refresh_from_db()
    assert link.revoked_at is None


def test_what_is_open_stands_before_what_is_over(project, alice, runs):
    titles = ["Old", "Over", "New"]
    links = [
        services.create_share(project=project, title=one, question="", runs=[run.pk for run in runs], by=alice)[0]
        for one in titles
    ]
    services.revoke(link=links[1], by=alice)
    found = selectors.open_first(selectors.links_of(project=project, user=alice))
    assert [(link.title, link.state) for link in found] == [("New", "open"), ("Old", "open"), ("Over", "revoked")]


def test_an_editor_revokes_and_the_first_time_stays(client, share, bob, vera, charlie):
    link, _ = share
    address = reverse("shares:revoke", args=[link.pk])
    for user, status in ((vera, 403), (charlie, 404), (bob, 200)):
        client.force_login(user)
        asked = client.get(address)
        assert asked.status_code == status
    assert "sees nothing through it any more" in asked.content.decode()
    link.refresh_from_db()
    assert link.revoked_at is None, "asking does nothing"
    assert client.post(reverse("shares:revoke", args=[link.pk])).status_code == 302
    link.refresh_from_db()
    first = link.revoked_at
    assert first
    assert services.revoke(link=link, by=bob).revoked_at == first


def test_tokens_stay_out_of_logs(client, share, caplog):
    _, path = share
    with caplog.at_level(logging.WARNING, logger="django.request"):
        client.get(path + "spoiled")
    assert "Not Found: /s/***" in caplog.text
    assert path.removeprefix("/s/")[:12] not in caplog.text


def test_a_servers_access_log_is_scrubbed_in_its_mapping_too():
    from apps.shares.logs import Scrub

    atoms = {"r": "GET /s/abcdef?x=1 HTTP/1.1", "s": 302, "f": "https://mail.example/"}
    record = logging.LogRecord("gunicorn.access", logging.INFO, "", 0, '"%(r)s" %(s)s', (atoms,), None)
    assert Scrub().filter(record)
    assert record.getMessage() == '"GET /s/***?x=1 HTTP/1.1" 302'
