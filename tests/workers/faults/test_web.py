"""The web server, as the launcher starts it, ended and started again while a job runs: pages come back, the job goes on."""

import signal
import socket
import urllib.request

import pytest
from django.urls import reverse

from apps.jobs.models import Status
from apps.local import processes, services
from apps.local.launcher import wait_for_page
from tests.apps.jobs.making import outcomes
from tests.workers.faults.conftest import has_measured, running
from tests.workers.faults.whole import assert_counted

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def web(worker_environment, tmp_path):
    """Start the web server; ``web()`` once more starts it again at the same address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    service = services.web("127.0.0.1", port, worker_environment, tmp_path)
    started = []

    def start():
        started.append(process := processes.spawn(service))
        wait_for_page("127.0.0.1", port, process, service.log)
        return process

    start.address = f"http://127.0.0.1:{port}"
    yield start
    for process in started:
        processes.finish(process, patience=8.0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_web_server_restarted_mid_job_shows_the_job_again_and_touches_nothing(
    measured, ended, patient_worker, web, client, alice, number
):
    client.force_login(alice)
    headers = {"Cookie": f"sessionid={client.cookies['sessionid'].value}"}

    def page(job):
        request = urllib.request.Request(web.address + reverse("jobs:detail", args=[job.pk]), headers=headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.read().decode()

    first = web()
    job = measured("patient", ["count", 60, 0.1, 5])
    has_measured(job)
    _, child = running(job)
    assert job.title in page(job)
    first.send_signal(number)
    first.wait(20)
    processes.kill_session(first.pid)
    with pytest.raises(OSError):
        page(job)
    web()
    assert job.title in page(job)
    assert job.attempts.get().pid == child
    ended(job)
    assert (job.status, outcomes(job)) == (Status.SUCCEEDED, ["succeeded"])
    assert_counted(job, 60)
    assert job.title in page(job)
