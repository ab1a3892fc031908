import re
from datetime import timedelta

import pytest
from django.urls import reverse

from apps.jobs import reasons
from apps.jobs.models import Job, Status
from apps.jobs.pages import hint, poll_of
from tests.apps import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def under_way(data, alice):
    return factories.under_way(data, alice)


def page_of(client, job, **headers):
    return client.get(reverse("jobs:detail", args=[job.pk]), headers=headers).content.decode()


def test_a_running_job_shows_phase_progress_rate_and_what_is_left(signed_in, vera, under_way):
    page = page_of(signed_in(vera), under_way["running"])
    for part in (
        "Running",
        "Training",
        "140 of 300 steps",
        "2.6 steps/s",
        "1 min 02 s left",
        "Lost",
        "no sign of life",
    ):
        assert part in page
    assert 'data-poll="2"' in page
    assert "Cancel this job" not in page


def test_a_queued_job_says_what_it_waits_for_or_its_place(signed_in, alice, under_way):
    waiting = page_of(signed_in(alice), under_way["waiting"])
    assert "waits for other work" in waiting
    assert under_way["running"].title in waiting
    assert "next in the cpu queue" in page_of(signed_in(alice), under_way["next"])


def test_a_page_follows_closely_what_runs_or_was_just_asked_for(under_way, settings):
    running, queued = under_way["running"], under_way["next"]
    settings.POLL_RUNNING = 1.5
    assert poll_of([running]) == poll_of([queued]) == 1.5
    queued.created_at -= timedelta(minutes=5)
    assert poll_of([queued]) == 10
    assert poll_of([under_way["failed"]]) is None


def test_a_failed_job_says_why_and_what_to_do_and_shows_its_traceback_to_staff_alone(signed_in, alice, bob, under_way):
    page = page_of(signed_in(bob), under_way["failed"])
    assert "The device ran out of memory." in page
    assert "Try a smaller batch" in page
    assert "k3f9-22ab" in page
    assert "MemoryError" not in page
    assert "data-poll" not in page.partition("<main")[2]
    alice.is_staff = True
    alice.save()
    assert "MemoryError" in page_of(signed_in(alice), under_way["failed"])


def test_a_finished_job_leads_to_what_it_made(signed_in, alice, study):
    plan = (study.phased.plans.get(), "curricula:version", study.phased.pk)
    made = [plan, (study.prose, "datasets:version", study.prose.pk), (study.base, "runs:detail", study.base.pk)]
    for row, page, key in made:
        assert reverse(page, args=[key]) in page_of(signed_in(alice), row.job)


def test_the_live_part_alone_answers_htmx(signed_in, alice, under_way):
    piece = page_of(signed_in(alice), under_way["running"], **{"HX-Request": "true"})
    assert piece.strip().startswith('<div id="state"')
    assert "data-log" not in piece


def test_the_log_goes_on_after_the_last_line_seen_and_stops_asking_when_the_job_is_over(signed_in, alice, under_way):
    client, job = signed_in(alice), under_way["running"]
    whole = client.get(reverse("jobs:log", args=[job.pk])).content.decode()
    assert "Going on from the checkpoint of step 100." in whole
    last = max(int(n) for n in re.findall(r"after=(\d+)", whole))
    nothing = client.get(reverse("jobs:log", args=[job.pk]), {"after": last})
    assert "<time" not in nothing.content.decode()
    assert f"after={last}" in nothing.content.decode()
    assert "no-store" in nothing.headers["Cache-Control"]
    factories.say(job.attempts.last(), ["<b>step 145</b>"])
    more = client.get(reverse("jobs:log", args=[job.pk]), {"after": last}).content.decode()
    assert "&lt;b&gt;step 145" in more
    assert more.count("<time") == 1
    Job.objects.filter(pk=job.pk).update(status=Status.SUCCEEDED)
    assert "data-poll" not in client.get(reverse("jobs:log", args=[job.pk]), {"after": last}).content.decode()


def test_the_log_of_a_job_that_was_queued_just_now_is_asked_for_as_closely_as_its_state(signed_in, alice, under_way):
    whole = page_of(signed_in(alice), under_way["next"])
    assert set(re.findall(r'data-poll="(\d+)"', whole.partition("<main")[2])) == {"2"}
    log = signed_in(alice).get(reverse("jobs:log", args=[under_way["next"].pk])).content.decode()
    assert 'data-poll="2"' in log


def test_a_reading_position_that_is_no_number_starts_at_the_beginning(signed_in, alice, under_way):
    answer = signed_in(alice).get(reverse("jobs:log", args=[under_way["running"].pk]), {"after": "x"})
    assert answer.status_code == 200


def test_the_whole_log_is_a_text_file_with_its_attempts(signed_in, alice, under_way):
    answer = signed_in(alice).get(reverse("jobs:log-file", args=[under_way["running"].pk]))
    text = b"".join(answer.streaming_content).decode()
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert text.index("# attempt 1") < text.index("# attempt 2") < text.index("step 140")


def test_an_editor_cancels_a_running_job_and_the_page_says_cancelling(signed_in, bob, under_way):
    job = under_way["running"]
    answer = signed_in(bob).post(reverse("jobs:cancel", args=[job.pk]), follow=True)
    job.refresh_from_db()
    assert job.cancel_requested
    page = answer.content.decode()
    assert "Cancelling" in page
    assert "The worker was asked to stop" in page


def test_who_cancels_from_the_page_of_a_run_stays_there(signed_in, bob, data):
    version = factories.mixed_curriculum(data, bob)
    run = factories.run("Mixed", version, bob, [data.prose])
    answer = signed_in(bob).post(reverse("jobs:cancel", args=[run.job_id]), {"back": "result"})
    assert answer.headers["Location"] == reverse("runs:detail", args=[run.pk])


def test_cancelling_a_queued_job_cancels_it_at_once(signed_in, alice, under_way):
    signed_in(alice).post(reverse("jobs:cancel", args=[under_way["next"].pk]))
    under_way["next"].refresh_from_db()
    assert under_way["next"].status == Status.CANCELLED


def test_a_viewer_sees_no_cancel_button_and_a_request_is_refused_in_words(signed_in, vera, under_way):
    answer = signed_in(vera).post(reverse("jobs:cancel", args=[under_way["running"].pk]))
    assert answer.status_code == 403
    assert "Your role in this project is viewer" in answer.content.decode()
    under_way["running"].refresh_from_db()
    assert not under_way["running"].cancel_requested


def test_the_list_has_what_runs_first_then_the_queue_and_can_be_filtered(signed_in, alice, under_way, data):
    address = reverse("jobs:list", args=[data.project.pk])
    page = signed_in(alice).get(address).content.decode()
    order = [page.index(f"job-{under_way[name].pk}") for name in ("running", "waiting", "failed")]
    assert order == sorted(order)
    failed = signed_in(alice).get(address, {"status": "failed"}).content.decode()
    assert f"job-{under_way['failed'].pk}" in failed
    assert f"job-{under_way['running'].pk}" not in failed
    assert "No job is in this state" in signed_in(alice).get(address, {"status": "cancelled"}).content.decode()


@pytest.mark.parametrize("reason", [reasons.OUT_OF_MEMORY, reasons.DISK_FULL, reasons.not_a_number("the loss")])
def test_a_reason_that_says_what_to_do_has_no_second_hint(under_way, reason):
    failed = under_way["failed"]
    failed.reason = reason
    assert hint(failed) == ""
    failed.reason = "MemoryError"
    assert "smaller batch" in hint(failed)
