"""PostgreSQL restarted, crashed, or its connections cut, in the middle of a job."""

import signal

import pytest
from django.db import connection

from apps.jobs.models import Status
from tests.apps.jobs.making import outcomes
from tests.workers.conftest import is_running, wait_for
from tests.workers.faults.conftest import has_measured, running
from tests.workers.faults.whole import assert_counted

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_child_outlives_broken_connections_to_the_database(measured, ended, patient_worker):
    job = measured("patient")
    for _ in range(4):
        has_measured(job)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    ended(job)
    assert (job.status, outcomes(job)) == (Status.SUCCEEDED, ["succeeded"])
    assert_counted(job)


def test_a_database_that_is_restarted_within_the_lease_is_waited_for(
    measured, ended, start_worker, scheduler, queue_name, server
):
    worker = start_worker(queue_name, JOB_LEASE="30")
    job = measured(queue_name)
    has_measured(job)
    database = server("postgres")
    connection.close()
    database.stop()
    database.start()
    ended(job)
    assert (job.status, outcomes(job)) == (Status.SUCCEEDED, ["succeeded"])
    assert_counted(job)
    assert ended(measured(queue_name)).status == Status.SUCCEEDED
    assert worker.process.poll() is None and scheduler.poll() is None


def test_a_database_that_crashes_for_longer_than_the_lease_costs_an_attempt_and_no_step(
    measured, ended, start_worker, scheduler, queue_name, server
):
    worker = start_worker(queue_name)
    job = measured(queue_name, ["count", 40, 0.15, 5])
    has_measured(job)
    supervisor, child = running(job)
    database = server("postgres")
    connection.close()
    database.stop(signal.SIGQUIT)
    wait_for(lambda: not is_running(child), 10)  # it is not left to write what nobody could save
    database.start()
    ended(job, seconds=40)
    assert (job.status, outcomes(job)) == (Status.SUCCEEDED, ["lost", "succeeded"])
    assert_counted(job)
    assert worker.process.poll() is None and scheduler.poll() is None
