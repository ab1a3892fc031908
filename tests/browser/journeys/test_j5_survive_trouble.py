"""J5, survive trouble: the web server restarted mid-run, the worker killed, memory that is not enough.

The worker that is killed, the scheduler that notices, and the server that is restarted are the test's own, beside those of the
other journeys.
"""

import contextlib
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from django.urls import reverse

from apps.jobs.models import Job, LogLine, Status
from apps.metrics import selectors as metrics
from apps.runs import services as runs
from tests.apps import factories
from tests.apps.jobs.making import outcomes
from tests.browser.journeys.conftest import CHILD
from tests.browser.journeys.making import halt, sums_twice
from tests.workers.conftest import ROOT, Worker, data_of_torch, is_running, memory_can_be_limited, wait_for

QUEUE = "trouble"
PLOT = "document.querySelector('#training-loss .js-plotly-plot')"
#: what the browser says of a server that is away, or goes while it answers
AWAY = re.compile(r"net::ERR_(CONNECTION_\w+|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED)|htmx:sendError")
#: what a child may allocate beside torch: enough for training the smallest model, not for one of 34 million
ALLOCATED = 400_000_000
SAVED_EVERY = 40


@dataclass
class Trouble:
    """Processes of the test's own, which it may kill."""

    environment: dict[str, str]
    files: object
    port: int
    running: list = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    def scheduler(self):
        return self._process("scheduler", [sys.executable, "-m", "workers.scheduler"])

    def server(self):
        command = [sys.executable, "-m", "gunicorn", "apps.site.wsgi:application", "--threads", "4"]
        process = self._process("server", [*command, "--bind", f"127.0.0.1:{self.port}"])
        wait_for(self._answers, 120)
        return process

    def worker(self) -> Worker:
        self.running.append(Worker(self.environment, self.files / "trouble.log", QUEUE, 1))
        self.running[-1].log.write_bytes(b"")  # that the next one is ready is not to be read from this one's words
        return self.running[-1]

    def _process(self, name, command):
        with (self.files / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command, env=self.environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )
        self.running.append(process)
        return process

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


@pytest.fixture
def trouble(workers, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    limited = shlex.join(CHILD)
    if memory_can_be_limited():
        limited = f"prlimit --data={data_of_torch() + ALLOCATED} {limited}"
    environment = {**workers.environment, "JOB_LEASE": "4", "JOB_COMMAND": limited, "POLL_RUNNING": "0.5"}
    made = Trouble(environment, tmp_path, port)
    yield made
    for one in made.running:
        if isinstance(one, Worker):
            one.kill()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(one.pid, signal.SIGKILL)
            one.wait()
    # Where the test failed: nobody is left who would end them.
    Job.objects.filter(queue=QUEUE, status=Status.RUNNING).update(status=Status.CANCELLED, lease=None)


@pytest.fixture
def train(project, alice, already):
    """``train(name, preset)`` queues a run for the worker that is in for trouble."""
    with already():
        version = sums_twice(project, alice, tokens=12_000)

    def queue(name, preset):
        recipe = {
            "model": {"preset": preset},
            "schedules": [{"peak": 1e-3}] * 2,
            "batch_size": 4,
            "context": 32,
            "checkpoint_every": SAVED_EVERY,
            "precision": "fp32",
            "compile": False,
            "evaluation": {"windows": 2, "dense_until": 0, "every": 1000},
        }
        with already():
            run = runs.create_run(name=name, version=version, recipe=recipe, seed=0, by=alice)
            if not run.plan.artifact_id:
                factories.done(run.plan)
            Job.objects.filter(pk=run.job_id).update(queue=QUEUE)
        return run

    return queue


def test_a_run_outlives_its_server_and_its_worker_and_says_when_memory_is_not_enough(
    open_page, keyboard, trouble, train, alice
):
    run = train("Sums", "llama-1m")
    if memory_can_be_limited():
        large = train("Sums, a large model", "llama-50m")
        Job.objects.filter(pk=large.job_id).update(priority=2)
    trouble.scheduler()
    with ThreadPoolExecutor() as pool:
        server, worker = pool.submit(trouble.server), pool.submit(trouble.worker)
        server, worker = server.result(), worker.result()
    page = open_page(alice)
    hands = keyboard(page)
    page.goto(trouble.address + reverse("runs:detail", args=[run.pk]))
    child = halt(run.job, after=20)
    page.wait_for_selector("#training-loss .scatterlayer .trace")
    restart_the_server(page, trouble, server, child)
    kill_the_worker(page, hands, trouble, worker, run, child)
    see_it_whole(page, run)
    if memory_can_be_limited():
        run_out_of_memory(page, hands, large)


def restart_the_server(page, trouble, server, child):
    """The page says that nobody answers, and goes on by itself once somebody does."""
    drawn = page.evaluate(f"{PLOT}.data[0].x.length")
    os.killpg(server.pid, signal.SIGKILL)
    server.wait()
    page.get_by_text("The server does not answer.").wait_for()
    trouble.server()
    page.get_by_text("The server does not answer.").wait_for(state="hidden")
    os.kill(child, signal.SIGCONT)
    page.wait_for_function(f"() => {PLOT}.data[0].x.length > {drawn} + 5")
    # What the browser itself says of a server that was away.
    page.said[:] = [line for line in page.said if not AWAY.search(line)]


def kill_the_worker(page, hands, trouble, worker, run, child):
    """“Lost”, with the reason, on the job's page; the next worker goes on from what the child had saved."""
    wait_for(lambda: Job.objects.get(pk=run.job_id).done >= SAVED_EVERY + 20, 200)
    os.kill(child, signal.SIGSTOP)
    hands.press(page.get_by_role("link", name="Job and log"))
    os.kill(child, signal.SIGCONT)
    worker.kill()
    trouble.worker()
    attempts = page.get_by_role("region", name="Attempts").last
    attempts.get_by_text("Lost").wait_for(timeout=90_000)
    assert "gave no sign of life" in attempts.inner_text()
    wait_for(lambda: not is_running(child), 10)
    page.get_by_text(re.compile(r"Goes on after step \d+\.")).first.wait_for()
    page.get_by_role("status").get_by_text("Done").wait_for()
    assert outcomes(run.job) == ["lost", "succeeded"]
    said = LogLine.objects.get(attempt__job=run.job_id, text__startswith="Goes on after step")
    assert int(re.search(r"\d+", said.text)[0]) >= SAVED_EVERY


def see_it_whole(page, run):
    """The curve has every step once, for whoever reads the numbers and for whoever looks."""
    page.locator("#to-target").click()
    page.get_by_text(re.compile(r"Consumed = planned in all 18\d steps\.")).wait_for()
    points = metrics.read([run.pk], ["train/loss"], max_points=None)[run.pk, "train/loss"].points
    assert points.steps.tolist() == list(range(1, len(points.steps) + 1))
    assert len(points.steps) // 10 == 18
    page.wait_for_selector("#training-loss .scatterlayer .trace")
    page.wait_for_function(f"() => {PLOT}.data[0].x.length === {len(points.steps)}")
    assert page.evaluate(f"Array.from({PLOT}.data[0].x)") == points.tokens.tolist()


def run_out_of_memory(page, hands, run):
    """Failed, with the reason and what to do; nobody tries it again."""
    page.goto(page.url.partition("/runs/")[0] + reverse("runs:detail", args=[run.pk]))
    page.get_by_role("status").get_by_text("Failed").wait_for()
    page.get_by_text("The memory was not enough. Make the batch, the context or the model smaller").wait_for()
    run.job.refresh_from_db()
    assert (run.job.status, outcomes(run.job)) == (Status.FAILED, ["failed"])
    hands.press(page.get_by_role("link", name="Change the recipe and train again"))
    page.get_by_label("Model", exact=True).wait_for()
    assert page.get_by_label("Model", exact=True).input_value() == "preset:llama-50m"
