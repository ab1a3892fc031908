"""Memory that gives out: the job fails with a sentence that helps, and is not tried again.

In a file without the file's ``trainer``: of two workers that look for training, the one without a limit may be first.
"""

import pytest

from apps.jobs.models import Status
from tests.apps.jobs.making import outcomes
from tests.workers.conftest import data_of_torch, memory_can_be_limited

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT = 400_000_000


def test_a_job_that_wants_more_memory_than_it_may_have_fails_with_a_hint(play, ended, start_worker, queue_name):
    start_worker(queue_name, JOB_MEMORY=str(LIMIT))
    job = ended(play(["ends_with", "memory", str(2 * LIMIT)], queue=queue_name))
    assert_out_of_memory(job)
    assert ended(
        play(["ends_with", "StopHere"], queue=queue_name)
    ).reference  # what fits breaks for a reason of its own


def test_training_that_wants_more_memory_than_it_may_have_fails_with_a_hint(train, ended, start_worker):
    if not memory_can_be_limited():
        pytest.skip("torch is a build for GPUs: it takes more by itself than this training")
    start_worker("gpu", JOB_COMMAND="", JOB_MEMORY=str(data_of_torch() + 300_000_000))
    run = train(steps=2, model={"preset": "llama-160m"})  # too large before its first step, which would take long
    assert_out_of_memory(ended(run.job, seconds=90))


def test_a_gpu_without_memory_left_fails_the_job_with_a_hint(play, ended, patient_worker):
    job = ended(play(["ends_with", "OutOfMemoryError", "CUDA out of memory. Tried to allocate 2.00 GiB."]))
    assert_out_of_memory(job)


def test_a_library_that_aborts_for_want_of_memory_fails_the_job_with_a_hint(play, ended, patient_worker):
    job = ended(play(["complain", "memory allocation of 4294967296 bytes failed\n"], ["signal", 6]))
    assert_out_of_memory(job)


def assert_out_of_memory(job):
    assert (job.status, outcomes(job)) == (Status.FAILED, ["failed"])
    assert job.reason.startswith("The memory was not enough. Make the batch, the context or the model smaller")
    assert job.attempts_counted == 0
