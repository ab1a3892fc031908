"""Whoever asked for a job learns that it ended: a count on every page, a list, read and unread."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.jobs import endings, notices, services
from apps.jobs.models import Job
from tests.apps.jobs.making import claim, job, succeed

pytestmark = pytest.mark.django_db


def titles(rows):
    return [row.title for row in rows]


def finished(project, by, title, how="well"):
    made = job(project, by, title=title)
    if how == "well":
        succeed(claim())
    else:
        endings.fail(claim(), reason=how)
    made.refresh_from_db()
    return made


def bell(page) -> str:
    """What a screen reader says of the bell."""
    return page.content.decode().split('id="bell"', 1)[1].split('aria-label="', 1)[1].split('"')[0]


def test_the_end_of_a_job_is_news_to_whoever_asked_for_it_and_to_nobody_else(project, alice, bob):
    finished(project, alice, "Import prose")
    finished(project, alice, "Train replay", how="The memory was not enough.")
    job(project, alice, title="still waits")
    assert titles(notices.new(alice)) == ["Train replay", "Import prose"]
    assert notices.count(alice) == 2
    assert not notices.of(bob)


def test_what_waited_for_a_failed_job_is_news_and_what_one_cancelled_oneself_is_not(project, alice, bob):
    first = job(project, alice, title="Train base")
    job(project, alice, title="Train replay", after=[first])
    endings.fail(claim(), reason="No.")
    own, others = job(project, alice, title="own"), job(project, alice, title="by Bob")
    services.request_cancel(job=own, by=alice)
    services.request_cancel(job=others, by=bob)
    assert set(titles(notices.new(alice))) == {"Train base", "Train replay", "by Bob"}
    running = job(project, alice, title="running")
    held = claim()
    services.request_cancel(job=running, by=alice)
    endings.acknowledge_cancel(held)
    assert "running" in titles(notices.of(alice))
    assert "running" not in titles(notices.new(alice))


def test_who_left_a_project_hears_nothing_of_it(project, alice, bob):
    finished(project, bob, "Import prose")
    assert notices.count(bob) == 1
    bob.memberships.all().delete()
    assert (notices.count(bob), list(notices.of(bob))) == (0, [])


def test_what_ends_while_one_reads_the_list_stays_new(project, alice):
    newest = finished(project, alice, "read")
    later = finished(project, alice, "later")
    Job.objects.filter(pk=later.pk).update(finished_at=F("finished_at") + timedelta(seconds=1))
    assert notices.see_all(user=alice, until=newest.finished_at) == 1
    assert titles(notices.new(alice)) == ["later"]
    assert notices.see_all(user=alice) == 1
    assert notices.count(alice) == 0


@pytest.mark.django_db(transaction=True)
def test_an_end_that_is_committed_after_the_list_was_read_is_no_less_news(project, alice):
    """Its time is that of its transaction, which is earlier: a time until which all was seen would lose it."""
    finished(project, alice, "first")
    slow = job(project, alice, title="slow to commit")
    held = claim()
    ended, read = threading.Event(), threading.Event()

    def end():
        with transaction.atomic():
            succeed(held)
            ended.set()
            read.wait(10)
        connection.close()

    thread = threading.Thread(target=end)
    thread.start()
    assert ended.wait(10)
    assert notices.see_all(user=alice) == 1
    read.set()
    thread.join()
    assert titles(notices.new(alice)) == [slow.title]


def test_every_page_counts_what_is_new_and_looking_at_the_job_is_enough(signed_in, project, alice, vera):
    client = signed_in(alice)
    made = finished(project, alice, "Import prose")
    failed = finished(project, alice, "Train replay", how="The memory was not enough.")
    assert bell(client.get(reverse("accounts:project", args=[project.pk]))) == "Notices, 2 new"
    vera_page = signed_in(vera).get(reverse("jobs:detail", args=[made.pk]))
    assert bell(vera_page) == "Notices"
    client = signed_in(alice)
    assert bell(client.get(reverse("jobs:detail", args=[made.pk]))) == "Notices, 1 new"
    answer = client.get(reverse("jobs:notice", args=[failed.pk]))
    assert answer.headers["Location"] == reverse("jobs:detail", args=[failed.pk])
    assert bell(client.get("/")) == "Notices"


def test_the_list_shows_reasons_and_states_and_marks_all_as_read(signed_in, project, alice):
    client = signed_in(alice)
    assert "Nothing that you asked for has ended yet" in client.get(reverse("jobs:notices")).content.decode()
    finished(project, alice, "Import prose")
    finished(project, alice, "Train replay", how="The memory was not enough.")
    answer = client.get(reverse("jobs:notices"))
    page = answer.content.decode()
    assert page.index("Train replay") < page.index("Import prose")
    assert page.count('class="new"') == 2
    assert "The memory was not enough." in page
    page = client.post(reverse("jobs:notices-read"), {"until": answer.context["newest"]}, follow=True).content.decode()
    assert "2 notices marked as read" in page
    assert 'class="new"' not in page and "Mark all as read" not in page
    assert client.post(reverse("jobs:notices-read"), {"until": "2026-99-99T00:00Z"}).status_code == 302


def test_a_notice_leads_to_the_page_of_what_was_made_and_nobody_follows_anothers(signed_in, alice, bob, study):
    run = study.base
    answer = signed_in(alice).get(reverse("jobs:notice", args=[run.job_id]))
    assert answer.headers["Location"] == reverse("runs:detail", args=[run.pk])
    study.project.memberships.get_or_create(user=bob, role="editor")
    assert signed_in(bob).get(reverse("jobs:notice", args=[run.job_id])).status_code == 404


def test_the_page_of_a_run_that_is_over_is_enough_to_take_notice(signed_in, alice, study):
    assert notices.new(alice).filter(pk=study.base.job_id)
    signed_in(alice).get(reverse("runs:detail", args=[study.base.pk]))
    assert not notices.new(alice).filter(pk=study.base.job_id)


def test_the_count_is_one_query_by_its_index_and_counts_no_further_than_a_hundred(project, alice, bob):
    rows = [
        Job(project=project, kind="fake", title=f"{n}", queue="cpu", created_by=bob, status="failed", finished_at=Now())
        for n in range(3000)
    ]
    Job.objects.bulk_create(rows)
    Job.objects.filter(created_by=bob).exclude(title="7").update(seen_at=Now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE jobs_job")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert notices.count(bob) == 1
    assert len(queries) == 1
    assert "job_news" in notices.new(bob).order_by()[: notices.COUNTED].explain()
    Job.objects.filter(created_by=bob).update(seen_at=None)
    assert notices.count(bob) == notices.COUNTED


def test_the_list_costs_the_same_however_long_it_is(signed_in, project, alice, django_assert_num_queries):
    client, address = signed_in(alice), reverse("jobs:notices")
    finished(project, alice, "one")
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for n in range(60):
        finished(project, alice, f"job {n}")
    with django_assert_num_queries(len(few)):
        page = client.get(address)
    assert "Page 1 of 2" in page.content.decode()
    assert len(client.get(address, {"page": 2}).context["page"].object_list) == 11


def test_a_live_piece_does_not_count(signed_in, project, alice, htmx):
    running = job(project, alice)
    claim()
    with CaptureQueriesContext(connection) as queries:
        signed_in(alice).get(reverse("jobs:detail", args=[running.pk]), headers=htmx)
    assert not [query for query in queries if "seen_at" in query["sql"] and "COUNT" in query["sql"]]


def test_the_bell_asks_for_itself(signed_in, project, alice, settings, htmx):
    settings.POLL_NOTICES = 7.5
    finished(project, alice, "Import prose")
    piece = signed_in(alice).get(reverse("jobs:notice-count"), headers=htmx)
    assert bell(piece) == "Notices, 1 new"
    assert 'data-poll="7.5"' in piece.content.decode()


def test_notices_over_the_api(signed_in, project, alice, vera):
    client = signed_in(alice)
    finished(project, alice, "Import prose")
    finished(project, alice, "Train replay", how="No.")
    [failed, well] = client.get("/api/v1/notices/").json()["results"]
    assert (failed["title"], failed["status"], failed["reason"]) == ("Train replay", "failed", "No.")
    assert (well["project_name"], well["seen_at"]) == (project.name, None)
    marked = client.post(
        "/api/v1/notices/read/", json.dumps({"until": well["finished_at"]}), content_type="application/json"
    )
    assert marked.json()["marked"] >= 1
    client.post("/api/v1/notices/read/", "{}", content_type="application/json")
    assert client.get("/api/v1/notices/?new=true").json()["results"] == []
    assert len(client.get("/api/v1/notices/").json()["results"]) == 2
    assert signed_in(vera).get("/api/v1/notices/").json()["results"] == []
