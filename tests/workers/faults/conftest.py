"""Jobs that measure, real training in small, servers that can be restarted, and the check after each test."""

import os
from pathlib import Path

import pytest

from apps.jobs import messages
from apps.jobs.models import Job
from tests.apps import factories
from tests.apps.local.conftest import environment, left, var  # noqa: F401 - fixtures
from tests.apps.metrics.conftest import make_run
from tests.workers.conftest import Worker, wait_for
from tests.workers.faults import servers, whole

COUNT = ["count", 40, 0.05, 5]


def pytest_unconfigure(config):
    servers.end()


@pytest.fixture
def damaged():
    """Digests of artifacts that a test damages itself."""
    return set()


@pytest.fixture(autouse=True)
def all_is_whole(request, damaged):
    """After each test; while its workers still live, or their end would hide what they left."""
    if "transactional_db" not in request.fixturenames and not request.node.get_closest_marker("django_db"):
        yield
        return
    request.getfixturevalue("start_worker")
    yield
    whole.assert_all_whole(damaged)


@pytest.fixture
def measured(play, project, alice):
    """Queue a job that measures 40 steps into the series of a run."""

    def make(job):
        run = make_run(project, alice, job.title)
        run.job = job
        run.save()

    return lambda queue, *steps: play(*(steps or [COUNT]), queue=queue, kind="measured", make=make)


@pytest.fixture(scope="module")
def trainer(worker_environment, tmp_path_factory):
    """One worker with the real child, for a file's tests that break no more than the child. It tries more often than three times.

    No longer than the file: tests of other files queue training that nobody shall do.
    """
    settings = {**worker_environment, "JOB_COMMAND": "", "JOB_MAX_ATTEMPTS": "6", "JOB_CANCEL_GRACE": "10"}
    worker = Worker(settings, tmp_path_factory.mktemp("log") / "trainer.log", "gpu", 1)
    yield worker
    worker.kill()


@pytest.fixture
def train(same_files, project, alice):
    """Queue a training run on tiny real data: ``train(steps=60, schedules=[{"peak": 1e30}])``; recipes are eager by default."""
    given = factories.data(by=alice, project=project, samples=40)
    made = {}

    def queue(steps=60, name="Prose", **recipe):
        from apps.runs import services

        size = recipe.get("batch_size", 4) * recipe.get("context", 64)
        if (budget := steps * size) not in made:
            phase = factories.phase("main", {"prose": given.prose}, {"prose": 1}, tokens=budget)
            made[budget] = factories.curriculum(project, alice, f"Prose, {budget:,}", given.tokenizer, [phase])
        document = {
            "model": {"preset": "llama-1m"},
            "schedules": [{"peak": 3e-3}],
            "batch_size": 4,
            "context": 64,
            "checkpoint_every": 10,
            "evaluation": {"windows": 2, "dense_until": 0, "every": 20},
            **recipe,
        }
        run = services.create_run(name=name, version=made[budget], recipe=document, seed=7, by=alice)
        if not run.plan.artifact_id:
            factories.done(run.plan)
            messages.send(["gpu"])
        return run

    return queue


@pytest.fixture
def server(services):
    """Stop and start what all tests share: ``server("postgres")``, ``server("valkey")``."""
    return lambda name: servers.Server(services, name)


def has_measured(job, steps=7):
    return wait_for(lambda: (Job.objects.get(pk=job.pk).done or 0) >= steps, 60)


def running(job):
    """(pid of the supervising pool process, pid of the child) of the job's current attempt."""
    attempt = wait_for(lambda: job.attempts.filter(outcome="", pid__isnull=False).first(), 60)
    return int(attempt.worker.rsplit("/", 1)[1]), attempt.pid


def first_folder(job):
    return Path(job.attempts.first().folder)


def is_root():
    return os.geteuid() == 0
