"""Workers that are asked to end give their job back; jobs that are put down leave what the next one goes on from."""

import subprocess
import sys

import pytest

from apps.jobs import services
from apps.jobs.models import LogLine, Status
from tests.apps.jobs.making import outcomes
from tests.workers.conftest import ROOT, is_running, wait_for
from tests.workers.faults.conftest import first_folder, has_measured, running
from tests.workers.faults.whole import assert_counted

pytestmark = pytest.mark.django_db(transaction=True)


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
    assert_counted(job)


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
    assert_counted(second)
    wait_for(lambda: not (first_folder(first) / "out").exists())


def test_a_worker_loads_nothing_that_a_fork_would_not_survive(worker_environment):
    code = "import sys, workers.app, workers.wake; sys.exit(bool({'torch', 'transformers'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], env=worker_environment, cwd=ROOT, check=False).returncode == 0


def test_a_worker_that_is_asked_to_end_in_mid_epoch_returns_the_run_uncounted_and_the_next_goes_on(
    train, ended, start_worker, scheduler
):
    leaving = start_worker("gpu", JOB_COMMAND="", JOB_CANCEL_GRACE="10")
    run = train(steps=300, checkpoint_every=1000)
    has_measured(run.job, 20)
    _, child = running(run.job)
    leaving.terminate()
    assert leaving.process.wait(30) == 0
    ended(run.job, Status.QUEUED)
    assert not is_running(child)
    assert (run.job.attempts_counted, outcomes(run.job)) == (0, ["returned"])
    start_worker("gpu", JOB_COMMAND="")
    ended(run.job, seconds=90)
    assert (run.job.status, outcomes(run.job)) == (Status.SUCCEEDED, ["returned", "succeeded"])
    assert LogLine.objects.filter(attempt__job=run.job, text__startswith="Goes on after step").exists()
    run.refresh_from_db()
    assert run.certificate["matches"] is True
