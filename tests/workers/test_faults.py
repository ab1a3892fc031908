"""What is killed, stopped or lost, and what becomes of the job: real workers, a real scheduler, a broker, PostgreSQL."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from django.db import connection

from apps.jobs import messages, services
from apps.jobs.models import Job, LogLine, Status
from apps.metrics import selectors as metrics
from tests.apps.jobs.making import claim, outcomes
from tests.apps.metrics.conftest import make_run
from tests.workers.conftest import ROOT, is_running, wait_for

pytestmark = pytest.mark.django_db(transaction=True)

COUNT = ["count", 40, 0.05, 5]


@pytest.fixture
def measured(play, project, alice):
    """Queue a job that measures 40 steps into the series of a run."""

    def make(job):
        run = make_run(project, alice, job.title)
        run.job = job
        run.save()

    return lambda queue, *steps: play(*(steps or [COUNT]), queue=queue, kind="measured", make=make)


def has_measured(job):
    return wait_for(lambda: (Job.objects.get(pk=job.pk).done or 0) >= 7)


def assert_complete(job):
    """Every step once, with its value: none doubled, missing or left over."""
    points = metrics.read([job.run.pk], ["train/loss"], max_points=None)[job.run.pk, "train/loss"].points
    assert points.steps.tolist() == list(range(1, 41))
    assert np.array_equal(points.values, 1.0 / points.steps)


def running(job):
    """(pid of the supervising pool process, pid of the child) of the job's current attempt."""
    attempt = wait_for(lambda: job.attempts.filter(outcome="", pid__isnull=False).first())
    return int(attempt.worker.rsplit("/", 1)[1]), attempt.pid


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


def test_a_killed_child_goes_on_from_its_checkpoint_with_whole_series(measured, ended, patient_worker):
    job = measured("patient")
    has_measured(job)
    _, child = running(job)
    os.kill(child, signal.SIGKILL)
    ended(job)
    assert (job.status, outcomes(job)) == (Status.SUCCEEDED, ["lost", "succeeded"])
    assert LogLine.objects.filter(attempt__job=job, text__startswith="Goes on after step").exists()
    assert_complete(job)


def test_what_an_attempt_measured_does_not_count_when_the_next_starts_afresh(measured, ended, patient_worker):
    # No checkpoint within the forty steps: the second attempt measures all of them again.
    job = measured("patient", ["count", 40, 0.05, 1000])
    has_measured(job)
    os.kill(running(job)[1], signal.SIGKILL)
    ended(job)
    assert outcomes(job) == ["lost", "succeeded"]
    assert_complete(job)


@pytest.mark.parametrize("every", [5, 1000])
def test_a_new_job_goes_on_from_a_cancelled_one_with_whole_series(play, measured, ended, patient_worker, alice, every):
    first = measured("patient", ["count", 40, 0.05, every])
    has_measured(first)
    services.request_cancel(job=first, by=alice)
    assert ended(first).status == Status.CANCELLED
    if every == 1000:  # nothing to go on from: all is measured anew
        (first_folder(first) / "out" / "state").unlink()

    def make(job):
        run = first.run
        run.job = job
        run.save()

    document = {"continues": [str(first.pk)]}
    second = play(["count", 40, 0.01, 5], queue="patient", kind="measured", make=make, document=document)
    assert ended(second).status == Status.SUCCEEDED
    resumed = LogLine.objects.filter(attempt__job=second, text__startswith="Goes on after step").exists()
    assert resumed is (every == 5)
    assert_complete(second)
    wait_for(lambda: not (first_folder(first) / "out").exists())


def first_folder(job):
    return Path(job.attempts.first().folder)


@pytest.mark.parametrize("killed", ["all of it", "its main process", "its supervising process"])
def test_a_killed_worker_takes_its_child_along_and_the_job_is_finished_later(
    measured, ended, start_worker, scheduler, queue_name, killed
):
    worker = start_worker(queue_name)
    job = measured(queue_name)
    has_measured(job)
    supervisor, child = running(job)
    if killed == "all of it":
        worker.kill()
    elif killed == "its main process":
        worker.kill_main()
    else:
        os.kill(supervisor, signal.SIGKILL)
    wait_for(lambda: not is_running(child) and not is_running(supervisor), 5)
    if killed != "its supervising process":
        ended(job, Status.QUEUED)
        assert "gave no sign of life" in job.reason
        start_worker(queue_name)
    ended(job)
    assert (job.status, job.attempts_counted, outcomes(job)) == (Status.SUCCEEDED, 1, ["lost", "succeeded"])
    assert_complete(job)


def test_a_child_that_does_not_notice_the_end_of_its_worker_is_killed_by_the_next_attempt(
    play, ended, start_worker, scheduler, queue_name
):
    start_worker(queue_name)
    job = play(["hang_once"], queue=queue_name)
    supervisor, child = running(job)
    wait_for(lambda: job.attempts.get().folder and os.listdir(f"{job.attempts.get().folder}/out"))
    os.kill(supervisor, signal.SIGKILL)
    ended(job)
    assert outcomes(job) == ["lost", "succeeded"]
    assert not is_running(child)


def test_a_worker_that_is_shut_down_gives_the_job_back_uncounted(measured, ended, start_worker, queue_name):
    worker = start_worker(queue_name)
    job = measured(queue_name)
    has_measured(job)
    _, child = running(job)
    worker.terminate()
    assert worker.process.wait(20) == 0
    ended(job, Status.QUEUED)
    assert not is_running(child)
    assert (job.attempts_counted, outcomes(job)) == (0, ["returned"])
    start_worker(queue_name)
    ended(job)
    assert (job.status, outcomes(job)) == (Status.SUCCEEDED, ["returned", "succeeded"])
    assert_complete(job)


def test_a_worker_that_lost_its_lease_kills_its_child_and_writes_nothing(measured, ended, patient_worker, queue_name):
    job = measured("patient")
    has_measured(job)
    _, child = running(job)
    Job.objects.filter(pk=job.pk).update(status=Status.QUEUED, lease=None, lease_until=None, queue=queue_name)
    written = lambda: (list(LogLine.objects.values_list("id")), Job.objects.values().get(pk=job.pk))  # noqa: E731
    before = written()
    wait_for(lambda: not is_running(child))
    assert written() == before
    assert outcomes(job) == [""]


def test_a_worker_that_slept_past_its_lease_changes_nothing_when_it_wakes(
    measured, ended, start_worker, scheduler, queue_name
):
    sleepy = start_worker(queue_name)
    job = measured(queue_name)
    has_measured(job)
    supervisor, child = running(job)
    os.kill(supervisor, signal.SIGSTOP)
    os.kill(sleepy.process.pid, signal.SIGSTOP)
    ended(job, Status.QUEUED)
    start_worker(queue_name)
    ended(job)
    os.kill(supervisor, signal.SIGCONT)
    os.kill(sleepy.process.pid, signal.SIGCONT)
    wait_for(lambda: not is_running(child))
    job.refresh_from_db()
    assert (job.status, outcomes(job)) == (Status.SUCCEEDED, ["lost", "succeeded"])
    assert_complete(job)


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
    assert_complete(job)


def test_a_worker_loads_nothing_that_a_fork_would_not_survive(worker_environment):
    code = "import sys, workers.app, workers.wake; sys.exit(bool({'torch', 'transformers'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], env=worker_environment, cwd=ROOT, check=False).returncode == 0


def test_two_schedulers_are_harmless_and_end_when_asked(play, ended, scheduler, worker_environment, tmp_path):
    second = subprocess.Popen([sys.executable, "-m", "workers.scheduler"], env=worker_environment, cwd=ROOT)
    try:
        job = play(queue="nobody")
        services.request_cancel(job=job, by=job.created_by)
        lost = play(queue="nobody")
        claim("nobody")
        ended(lost, Status.QUEUED)
        assert (lost.attempts_counted, outcomes(lost)) == (1, ["lost"])
        for process, number in ((scheduler, signal.SIGTERM), (second, signal.SIGINT)):
            process.send_signal(number)
            assert process.wait(10) == 0
    finally:
        second.kill()
        second.wait()
