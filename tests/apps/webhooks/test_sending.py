"""From a job's end to a signed message that arrives at least once."""

import base64
import hashlib
import hmac
import json
import time
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from apps.audit.models import Entry
from apps.jobs import endings
from apps.jobs import services as jobs
from apps.jobs.models import Job, Status
from apps.webhooks import courier, services, signing
from apps.webhooks.models import Delivery, Webhook
from gradatim.errors import UserError
from tests.apps.jobs.making import claim, job, succeed

pytestmark = pytest.mark.django_db


def end(project, by, title="Import prose"):
    made = job(project, by, title=title)
    succeed(claim())
    return made


def due_now():
    Delivery.objects.filter(next_at__isnull=False).update(next_at=Now())


def test_the_end_of_a_job_arrives_signed_with_all_that_one_wants_to_know(hook, receiver, project, alice, settings):
    settings.BASE_URL = "https://gradatim.example.org"
    made = job(project, alice, title="Train replay, ünsterblich")
    endings.fail(claim(), reason="The memory was not enough.")
    assert courier.deliver() == 1
    [(path, headers, body)] = receiver.got
    said = json.loads(body)
    assert (path, said["type"], said["id"]) == ("/hook?key=1", "job.failed", headers["webhook-id"])
    told = said["data"]
    assert (told["id"], told["kind"], told["status"]) == (str(made.pk), "fake", "failed")
    assert (told["title"], told["reason"]) == ("Train replay, ünsterblich", "The memory was not enough.")
    assert (told["project"], told["asked_by"]) == ({"id": str(project.pk), "name": project.name}, "alice")
    assert told["url"] == f"https://gradatim.example.org/jobs/{made.pk}/"
    made.refresh_from_db()
    assert [datetime.fromisoformat(told[name]) for name in ("created_at", "started_at", "finished_at")] == [
        made.created_at,
        made.started_at,
        made.finished_at,
    ]
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    key = base64.b64decode(hook.secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    assert headers["webhook-signature"] == "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    row = Delivery.objects.get()
    assert (row.state, row.status, row.tries, row.error) == ("delivered", 204, 1, "")
    assert courier.deliver() == 0


def test_the_signature_is_that_of_the_published_scheme():
    """The example of standardwebhooks.com."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    headers = signing.headers(
        secret=secret, message="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, body='{"test": 2432232314}'
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("how", ["done", "failed", "cancelled while it waits", "cancelled while it runs", "given up"])
def test_every_kind_of_end_is_told_once(hook, project, alice, how, settings):
    settings.JOB_MAX_ATTEMPTS = 1
    made = job(project, alice)
    if how == "done":
        succeed(claim())
    elif how == "failed":
        endings.fail(claim(), reason="No.")
    elif how == "given up":
        held = claim()
        endings.lose(job=made.pk, lease=held.lease, reason="Silent.")
    else:
        held = claim() if "runs" in how else None
        jobs.request_cancel(job=made, by=alice)
        if held:
            endings.acknowledge_cancel(held)
    made.refresh_from_db()
    assert [(row.subject, row.event) for row in hook.deliveries.all()] == [(made.pk, f"job.{made.status}")]


def test_what_waited_for_a_failed_job_is_told_of_and_what_is_tried_again_is_not(hook, project, alice):
    first = job(project, alice, title="first")
    job(project, alice, title="second", after=[first])
    held = claim()
    endings.lose(job=first.pk, lease=held.lease, reason="Silent.")
    assert not hook.deliveries.exists()
    endings.fail(claim(), reason="No.")
    assert set(hook.deliveries.values_list("title", "event")) == {("first", "job.failed"), ("second", "job.cancelled")}


def test_an_end_that_is_rolled_back_is_not_told(hook, project, alice):
    made = job(project, alice)
    held = claim()
    with pytest.raises(RuntimeError), transaction.atomic():
        succeed(held)
        raise RuntimeError("killed")
    made.refresh_from_db()
    assert made.status == Status.RUNNING
    assert not Delivery.objects.exists()


def test_nobody_is_told_of_another_project_or_while_a_webhook_is_off(hook, project, alice, charlie):
    from apps.accounts.services import create_project

    other = create_project(name="Another", by=charlie)
    end(other, charlie)
    services.switch(webhook=hook, active=False, by=alice)
    end(project, alice)
    assert not Delivery.objects.exists()


def test_where_nobody_listens_an_end_costs_one_query_more(project, alice):
    job(project, alice)
    held = claim()
    with CaptureQueriesContext(connection) as queries:
        succeed(held)
    assert len([query for query in queries if "webhooks_" in query["sql"]]) == 1


def test_what_did_not_arrive_is_tried_again_later_and_later_with_the_same_id_and_body(
    hook, receiver, project, alice, settings
):
    settings.WEBHOOK_DELAYS = [10.0, 600.0]
    receiver.answers = [500, 503, 204]
    end(project, alice)
    for delay in (10, 600):
        courier.deliver()
        row = Delivery.objects.get()
        left = row.next_at - row.tried_at
        assert timedelta(seconds=delay) <= left < timedelta(seconds=delay + 30)
        assert courier.deliver() == 0
        due_now()
    assert (row.status, row.error) == (503, "It answered 503.")
    courier.deliver()
    assert len({(headers["webhook-id"], body) for _, headers, body in receiver.got}) == 1
    assert len(receiver.got) == 3
    assert Delivery.objects.get().state == "delivered"
    hook.refresh_from_db()
    assert hook.failures == 0


def test_after_the_last_try_it_is_given_up_and_can_be_sent_again_by_hand(hook, receiver, project, alice, settings):
    settings.WEBHOOK_DELAYS = [1.0]
    receiver.answers = [500, 500]
    end(project, alice)
    for _ in range(2):
        courier.deliver()
        due_now()
    row = Delivery.objects.get()
    assert (row.state, row.tries) == ("undelivered", 2)
    services.send_again(delivery=row)
    assert courier.deliver() == 1
    row.refresh_from_db()
    assert row.state == "delivered"
    with pytest.raises(UserError):
        services.send_again(delivery=row)


def test_a_webhook_that_fails_on_and_on_is_switched_off_and_what_waits_is_sent_when_it_is_on_again(
    hook, receiver, project, alice, settings
):
    settings.WEBHOOK_OFF_AFTER = 3
    receiver.answers = [500] * 3
    for n in range(4):
        end(project, alice, f"job {n}")
        if n < 3:
            courier.deliver()
    hook.refresh_from_db()
    assert not hook.active
    assert "3 tries in a row failed. The last one: It answered 500." in hook.switched_off_why
    assert Entry.objects.get(kind="webhook.off").project == project
    due_now()
    assert courier.deliver() == 0
    services.switch(webhook=hook, active=True, by=alice)
    assert courier.deliver() == 3
    assert [row.state for row in hook.deliveries.all()] == ["delivered"] * 3


def test_whoever_is_killed_between_taking_and_noting_has_it_sent_once_more(hook, receiver, project, alice):
    end(project, alice)
    [taken] = courier.take()
    courier._send(taken)  # and then the process is gone
    assert courier.deliver() == 0
    due_now()
    assert courier.deliver() == 1
    assert len({headers["webhook-id"] for _, headers, _ in receiver.got}) == 1
    assert Delivery.objects.get().state == "delivered"


def test_a_try_that_comes_back_after_another_one_began_changes_nothing(hook, receiver, project, alice):
    end(project, alice)
    [slow] = courier.take()
    due_now()
    courier.deliver()
    receiver.answers = [500]
    courier.note(slow, courier._send(slow))
    assert Delivery.objects.get().state == "delivered"
    hook.refresh_from_db()
    assert hook.failures == 0


def test_a_redirect_is_not_followed(hook, receiver, project, alice):
    receiver.answers = [302]
    end(project, alice)
    courier.deliver()
    assert len(receiver.got) == 1
    assert "a redirect, which is not followed" in Delivery.objects.get().error


@pytest.mark.parametrize("drip", [False, True])
def test_a_receiver_that_takes_its_time_is_hung_up_on(hook, receiver, project, alice, settings, drip):
    settings.WEBHOOK_TIMEOUT = 0.3
    receiver.pause, receiver.drip = (0, True) if drip else (3, False)
    end(project, alice)
    began = time.monotonic()
    courier.deliver()
    assert time.monotonic() - began < 2
    assert Delivery.objects.get().error == "No answer within 0.3 seconds."


def test_a_receiver_that_is_not_there_is_an_error_in_words(hook, receiver, project, alice):
    receiver.shutdown()
    receiver.server_close()
    end(project, alice)
    courier.deliver()
    row = Delivery.objects.get()
    assert (row.status, row.error) == (None, "The connection was refused.")


def test_a_test_is_tried_once_even_when_the_webhook_is_off_and_counts_for_nothing(hook, receiver, alice, settings):
    settings.WEBHOOK_OFF_AFTER = 1
    services.switch(webhook=hook, active=False, by=alice)
    receiver.answers = [500]
    services.send_test(webhook=hook, by=alice)
    assert courier.deliver() == 1
    assert json.loads(receiver.got[0][2])["type"] == "test"
    assert Delivery.objects.get().state == "undelivered"
    hook.refresh_from_db()
    assert hook.failures == 0


def test_the_log_is_forgotten_after_its_time_but_not_what_waits(hook, project, alice):
    end(project, alice, "old")
    courier.deliver()
    end(project, alice, "waits")
    Delivery.objects.update(created_at=Now() - timedelta(days=31))
    courier.forget()
    assert [row.title for row in Delivery.objects.all()] == ["waits"]


def test_a_webhook_that_is_deleted_while_it_is_told_is_no_trouble(hook, receiver, project, alice):
    end(project, alice)
    [taken] = courier.take()
    services.delete_webhook(webhook=hook, by=alice)
    courier.note(taken, courier._send(taken))
    assert not Webhook.objects.exists()
    assert Job.objects.get().status == Status.SUCCEEDED
