"""Real worker processes on the test's database and broker, and jobs whose children play a script."""

import contextlib
import functools
import json
import os
import shlex
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from django.db import OperationalError

#: Small enough for tests, in the proportions of the defaults.
INTERVALS = {
    "JOB_LEASE": "2",
    "JOB_HEARTBEAT": "0.3",
    "JOB_SWEEP": "0.3",
    "JOB_CANCEL_POLL": "0.1",
    "JOB_CANCEL_GRACE": "1",
    "JOB_FLUSH": "0.1",
}
FAKE_CHILD = [sys.executable, str(Path(__file__).with_name("fake_child.py"))]
ROOT = Path(__file__).resolve().parents[2]


def wait_for(condition, seconds=20.0):
    """What ``condition`` returns once it is true; fails after ``seconds``."""
    ends = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < ends, "this did not come about in time"
        time.sleep(0.03)
    return value


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # the latter where it ends between opening and reading
        return False


@functools.cache
def data_of_torch() -> int:
    """Bytes that a process may write to once it has loaded what trains, as RLIMIT_DATA counts them.

    The model's class and not only its package: with less than that OpenBLAS, which SciPy brings, asks for memory for ever.
    """
    code = "import torch; from transformers import LlamaForCausalLM; print(open('/proc/self/status').read().split('VmData:')[1].split()[0])"
    said = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, check=True
    )
    return int(said.stdout) * 1024


def memory_can_be_limited() -> bool:
    """A build of torch for GPUs takes four times as much by itself: no limit tells its training from its loading there."""
    return data_of_torch() < 500_000_000


class Worker:
    """A Celery worker process with its pool, on a queue of its own."""

    def __init__(self, environment, log, queue, slots):
        self.queue, self.log = queue, log
        command = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "-Q", queue, "-c", str(slots)]
        command += ["-l", "INFO", "-n", f"{queue}@test", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command, env=environment, cwd=ROOT, stdout=output, stderr=output, start_new_session=True
            )
        try:
            wait_for(lambda: b" ready." in log.read_bytes() or self.process.poll() is not None, 120)
            assert self.process.poll() is None, log.read_text()
        except AssertionError:
            self.kill()
            raise

    def terminate(self):
        self.process.terminate()

    def kill_main(self):
        self.process.kill()
        self.process.wait()

    def kill(self):
        """All of it at once: the main process and its pool."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="session", autouse=True)
def patient_flush():
    """Tables are emptied after each test while a worker may just look for work: of two that wait for each other one gives up."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    flush = DatabaseOperations.execute_sql_flush

    def patiently(self, sql_list):
        for _ in range(5):
            with contextlib.suppress(OperationalError):
                return flush(self, sql_list)
        return flush(self, sql_list)

    DatabaseOperations.execute_sql_flush = patiently
    yield
    DatabaseOperations.execute_sql_flush = flush


@pytest.fixture(scope="session")
def worker_environment(django_db_setup, services, tmp_path_factory):
    """The environment of processes that work on the test database; its store and job folders last for the session."""
    from django.db import connection

    files = tmp_path_factory.mktemp("worker")
    head, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    return {
        **os.environ,
        **INTERVALS,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": f"{head}/{connection.settings_dict['NAME']}",
        "STORAGE_ROOT": str(files / "store"),
        "JOBS_ROOT": str(files / "jobs"),
        "JOB_COMMAND": shlex.join(FAKE_CHILD),
        "JOB_KINDS": "tests.workers.kinds,workers.kinds",
        "OMP_NUM_THREADS": "1",
        "A_SECRET_OF_OURS": "never to be seen",
    }


@pytest.fixture(scope="session")
def patient_worker(worker_environment, tmp_path_factory):
    """One worker with two slots for all tests that do it no harm."""
    log = tmp_path_factory.mktemp("log") / "worker.log"
    worker = Worker(worker_environment, log, "patient", 2)
    yield worker
    worker.kill()


@pytest.fixture
def start_worker(worker_environment, tmp_path):
    """Start a worker that the test may break; ``start_worker(queue, slots=1, JOB_LEASE="5")``, None for the default."""
    started = []

    def start(queue, slots=1, **environment):
        log = tmp_path / f"worker {len(started)}.log"
        wanted = {name: value for name, value in {**worker_environment, **environment}.items() if value is not None}
        started.append(Worker(wanted, log, queue, slots))
        return started[-1]

    yield start
    for worker in started:
        worker.kill()


@pytest.fixture
def scheduler(worker_environment, tmp_path):
    """The scheduler process."""
    with (tmp_path / "scheduler.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "workers.scheduler"], env=worker_environment, cwd=ROOT, stdout=log, stderr=log
        )
    yield process
    process.kill()
    process.wait()


@pytest.fixture(autouse=True)
def same_files(own_files, request, settings):
    """Where workers run, the test sees their files."""
    if "worker_environment" in request.fixturenames:
        environment = request.getfixturevalue("worker_environment")
        settings.STORAGE_ROOT = Path(environment["STORAGE_ROOT"])
        settings.JOBS_ROOT = Path(environment["JOBS_ROOT"])
        settings.JOB_KINDS = ["tests.workers.kinds", "workers.kinds"]
        settings.JOB_COMMAND = FAKE_CHILD
        for name, value in INTERVALS.items():
            setattr(settings, name, float(value))


@pytest.fixture
def queue_name():
    return f"q{uuid.uuid4().hex[:8]}"


@pytest.fixture
def play(transactional_db, same_files, project, alice, settings):
    """Queue a job that plays these steps: ``play(["sleep", 1], ["exit", 2], queue="patient")``."""
    from django.db import transaction

    from apps.jobs import services

    def queue_job(*steps, queue="patient", kind="fake", make=None, document=(), **more):
        title = f"job {uuid.uuid4().hex[:8]}"
        folder = settings.STORAGE_ROOT / "scripts"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{title}.json").write_text(json.dumps({"steps": steps, **dict(document)}))
        with transaction.atomic():
            job = services.enqueue(project=project, kind=kind, title=title, queue=queue, by=alice, **more)
            if make:
                make(job)
        return job

    return queue_job


@pytest.fixture
def ended(transactional_db):
    """Wait until a job is over, or in one of these states, and return its row."""
    from apps.jobs.models import TERMINAL

    def wait(job, *states, seconds=20.0):
        def there():
            job.refresh_from_db()
            return job.status in (states or TERMINAL)

        wait_for(there, seconds)
        return job

    return wait
