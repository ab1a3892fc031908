"""The broker restarted or emptied, messages lost or doubled: the row says what is to be done, a message only wakes."""

import pytest

from apps.jobs import messages
from tests.apps.jobs.making import outcomes
from tests.workers.faults.conftest import has_measured, running
from tests.workers.faults.whole import assert_counted

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_wake_up_that_comes_thrice_runs_a_job_once(play, ended, patient_worker):
    job = play(["sleep", 0.5])
    messages.send(["patient"] * 3)
    ended(job)
    assert outcomes(job) == ["succeeded"]


def test_a_job_whose_message_was_lost_is_found_by_the_sweep(play, ended, patient_worker, scheduler, monkeypatch):
    monkeypatch.setattr(messages, "send", lambda queues: None)
    ended(play())


def test_sweeps_send_no_more_messages_than_there_are_jobs_to_start(queue_name, services):
    from apps.site.celery import app

    messages.top_up({queue_name: 3})
    messages.top_up({queue_name: 3})
    messages.top_up({queue_name: 5})
    messages.top_up({queue_name: 50})
    with app.connection_for_write() as broker:
        assert broker.channel().queue_declare(queue_name, passive=True).message_count == messages.WAITING_AT_MOST


def test_a_broker_that_is_restarted_mid_job_is_no_matter_and_what_it_forgot_is_found_by_the_sweep(
    measured, ended, start_worker, scheduler, queue_name, server
):
    worker = start_worker(queue_name)
    job = measured(queue_name)
    has_measured(job)
    broker = server("valkey")
    broker.stop()  # as tests run it, it keeps nothing
    next_one = measured(queue_name)  # whoever queues it does not wait for a broker that is down
    broker.start()
    ended(job)
    assert outcomes(job) == ["succeeded"]
    assert_counted(job)
    ended(next_one, seconds=40)
    assert outcomes(next_one) == ["succeeded"]
    assert_counted(next_one)
    assert worker.process.poll() is None and scheduler.poll() is None


def test_jobs_whose_messages_were_emptied_out_of_the_queue_all_run(
    play, ended, start_worker, scheduler, queue_name, server
):
    worker = start_worker(queue_name)
    first = play(["sleep", 1.0], queue=queue_name)
    running(first)
    waiting = [play(queue=queue_name) for _ in range(5)]
    with server("valkey").client() as client:
        client.flushall()
    for job in (first, *waiting):
        ended(job)
        assert outcomes(job) == ["succeeded"]
    assert worker.process.poll() is None
