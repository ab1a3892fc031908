"""What failed is tried again, and how long a job takes is told from what others of its kind took."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.urls import reverse

from apps.datasets import services as datasets
from apps.jobs import endings, retries, selectors, services
from apps.jobs.models import Job, Priority, Status
from apps.scores import services as scores
from gradatim.errors import UserError
from tests.apps.jobs.making import claim, job, succeed

pytestmark = pytest.mark.django_db


@pytest.fixture
def failed(data, alice):
    """A score set whose job failed."""
    made = scores.create_score_set(version=data.code, method="length", name="again", by=alice)
    endings.fail(claim(), reason="The disk is full.")
    made.job.refresh_from_db()
    return made


def test_what_failed_is_made_by_a_new_job_once_more(failed, bob):
    old = failed.job
    again = retries.retry(job=old, by=bob)
    failed.refresh_from_db()
    assert failed.job == again
    assert (again.kind, again.title, again.created_by, again.retry_of) == (old.kind, old.title, bob, old)
    assert again.status == Status.QUEUED
    assert claim().job == again
    with pytest.raises(UserError, match="cannot be tried again"):
        retries.retry(job=old, by=bob)


def test_what_runs_or_succeeded_or_makes_nothing_is_not_tried_again(project, alice, data):
    for made in (data.length.job, job(project, alice)):
        with pytest.raises(UserError):
            retries.retry(job=made, by=alice)
    endings.fail(claim(), reason="No.")
    with pytest.raises(UserError):
        retries.retry(job=Job.objects.get(kind="fake"), by=alice)


def test_what_waited_for_a_failed_job_waits_for_its_next_try(data, alice):
    tokenizer = datasets.train_tokenizer(
        project=data.project, name="More", versions=[data.code], vocab_size=300, by=alice
    )
    tokens = datasets.tokenize_version(version=data.code, tokenizer=tokenizer, by=alice)
    services.set_priority(job=tokens.job, priority=Priority.LOW)
    endings.fail(claim(), reason="No.")
    with pytest.raises(UserError, match="try that again first"):
        retries.retry(job=tokens.job, by=alice)
    first = retries.retry(job=tokenizer.job, by=alice)
    second = retries.retry(job=tokens.job, by=alice)
    assert (second.status, second.priority) == (Status.QUEUED, Priority.LOW)
    assert first in second.after.all()


def test_an_editor_tries_again_by_a_button_and_both_pages_tell_of_each_other(signed_in, failed, bob, vera):
    address = reverse("jobs:detail", args=[failed.job_id])
    assert "Try again</button>" not in signed_in(vera).get(address).content.decode()
    assert signed_in(vera).post(reverse("jobs:retry", args=[failed.job_id])).status_code == 403
    client = signed_in(bob)
    assert "Try again</button>" in client.get(address).content.decode()
    page = client.post(reverse("jobs:retry", args=[failed.job_id]), follow=True)
    assert "It is queued again." in page.content.decode()
    assert address in page.content.decode()
    old = client.get(address).content.decode()
    assert "Tried again:" in old and "Try again</button>" not in old
    second = client.post(reverse("jobs:retry", args=[failed.job_id]), follow=True).content.decode()
    assert "cannot be tried again from here" in second


def test_retrying_over_the_api(signed_in, failed, alice):
    client = signed_in(alice)
    answer = client.post(f"/api/v1/jobs/{failed.job_id}/retry/")
    assert answer.status_code == 201
    assert (answer.json()["retry_of"], answer.json()["asked_by"]) == (str(failed.job_id), "alice")
    assert client.post(f"/api/v1/jobs/{failed.job_id}/retry/").status_code == 400


def test_how_long_a_job_takes_is_the_middle_of_what_its_kind_took_on_that_queue(signed_in, project, alice):
    assert selectors.usual_seconds(job(project, alice)) is None
    succeed(claim())
    Job.objects.update(started_at=F("finished_at") - timedelta(seconds=10))
    for seconds in (20, 300):
        made = job(project, alice)
        succeed(claim())
        Job.objects.filter(pk=made.pk).update(started_at=F("finished_at") - timedelta(seconds=seconds))
    job(project, alice, queue="gpu")
    succeed(claim("gpu"))
    waiting = job(project, alice)
    assert selectors.usual_seconds(waiting) == (20, 3)
    page = signed_in(alice).get(reverse("jobs:detail", args=[waiting.pk])).content.decode()
    assert "took about 20 s here, the middle of the last 3." in page
