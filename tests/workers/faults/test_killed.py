"""kill -9 of the child, of its worker, of both: the job goes on from its last state, in another child."""

import os
import signal

import pytest

from apps.jobs.models import LogLine, Status
from tests.apps.jobs.making import outcomes
from tests.workers.conftest import is_running, wait_for
from tests.workers.faults.conftest import has_measured, running
from tests.workers.faults.whole import assert_counted

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_killed_child_goes_on_from_its_checkpoint_with_whole_series(measured, ended, patient_worker):
    job = measured("patient")
    has_measured(job)
    _, child = running(job)
    os.kill(child, signal.SIGKILL)
    ended(job)
    assert (job.status, outcomes(job)) == (Status.SUCCEEDED, ["lost", "succeeded"])
    assert LogLine.objects.filter(attempt__job=job, text__startswith="Goes on after step").exists()
    assert_counted(job)


def test_what_an_attempt_measured_does_not_count_when_the_next_starts_afresh(measured, ended, patient_worker):
    # No checkpoint within the forty steps: the second attempt measures all of them again.
    job = measured("patient", ["count", 40, 0.05, 1000])
    has_measured(job)
    os.kill(running(job)[1], signal.SIGKILL)
    ended(job)
    assert outcomes(job) == ["lost", "succeeded"]
    assert_counted(job)


@pytest.mark.parametrize(
    "killed", ["all of it", "its main process", "its supervising process", "all of it and the child"]
)
def test_a_killed_worker_takes_its_child_along_and_the_job_is_finished_later(
    measured, ended, start_worker, scheduler, queue_name, killed
):
    worker = start_worker(queue_name)
    job = measured(queue_name)
    has_measured(job)
    supervisor, child = running(job)
    if killed.startswith("all of it"):
        if "child" in killed:
            os.killpg(child, signal.SIGKILL)
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
    assert_counted(job)


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
