"""What webhooks are told leaves through the scheduler's process, whoever is killed meanwhile."""

import json
import subprocess
import sys

import pytest
from django.db.models.functions import Now

from apps.webhooks import services
from apps.webhooks.models import Delivery
from tests.apps.webhooks.conftest import receiver  # noqa: F401
from tests.workers.conftest import ROOT, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def start_scheduler(worker_environment, tmp_path):
    started = []

    def start():
        with (tmp_path / "scheduler.log").open("ab") as log:
            environment = {**worker_environment, "WEBHOOK_PRIVATE": "true", "WEBHOOK_LOOK": "0.1"}
            command = [sys.executable, "-m", "workers.scheduler"]
            started.append(subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_a_message_arrives_although_the_scheduler_is_killed_while_it_sends(
    project,
    alice,
    play,
    ended,
    patient_worker,
    receiver,  # noqa: F811
    start_scheduler,
):
    services.create_webhook(project=project, url=receiver.url, by=alice)
    receiver.pause = 30
    job = ended(play())
    scheduler = start_scheduler()
    wait_for(lambda: receiver.got)
    scheduler.kill()
    scheduler.wait()
    receiver.pause = 0
    Delivery.objects.filter(delivered_at=None).update(next_at=Now())  # as it is a minute later
    start_scheduler()
    wait_for(lambda: Delivery.objects.get().delivered_at)
    ids = [headers["webhook-id"] for _, headers, _ in receiver.got]
    assert len(ids) == 2 and len(set(ids)) == 1
    assert json.loads(receiver.got[-1][2])["data"]["id"] == str(job.pk)


def test_the_scheduler_ends_at_once_when_it_is_asked_to(start_scheduler, transactional_db):
    from apps.site.models import Sign

    scheduler = start_scheduler()
    wait_for(lambda: Sign.objects.exists())
    scheduler.terminate()
    assert scheduler.wait(10) == 0
