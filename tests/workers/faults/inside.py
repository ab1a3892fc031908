"""Queue a job in an installation, or see it to its end: run with the installation's own settings.

python -m tests.workers.faults.inside queue          prints the job's id once the job has done a few steps
python -m tests.workers.faults.inside wait ID NUMBER  returns once attempt NUMBER has done a few steps
python -m tests.workers.faults.inside finish ID      waits for its end, checks that all is whole, prints it
"""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.site.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402

from apps.accounts.models import Membership, Project, User  # noqa: E402
from apps.jobs import services  # noqa: E402
from apps.jobs.models import TERMINAL, Job  # noqa: E402
from tests.apps.metrics.conftest import make_run  # noqa: E402
from tests.workers.conftest import wait_for  # noqa: E402
from tests.workers.faults import whole  # noqa: E402

TITLE, STEPS = "Counts through everything", 120


def queue() -> Job:
    alice = User.objects.create_user("alice", "alice@example.org", "correct horse battery")
    project = Project.objects.create(name="Replay study")
    Membership.objects.create(project=project, user=alice, role="owner")
    folder = settings.STORAGE_ROOT / "scripts"
    folder.mkdir(parents=True)
    (folder / f"{TITLE}.json").write_text(json.dumps({"steps": [["count", STEPS, 0.1, 5]]}))
    with transaction.atomic():
        run = make_run(project, alice, TITLE)
        Job.objects.filter(project=project).update(status="succeeded")  # what the run was made with is no work
        run.job = services.enqueue(project=project, kind="measured", title=TITLE, queue="gpu", by=alice)
        run.save()
    return run.job


def wait(job: Job, number: int) -> None:
    """Until an attempt of that number, or a later one, has done a few steps."""

    def goes_on():
        job.refresh_from_db()
        return job.attempts.filter(outcome="", number__gte=number).exists() and (job.done or 0) >= 7

    wait_for(goes_on, 60)


def finish(job: Job) -> None:
    def over():
        job.refresh_from_db()
        return job.status in TERMINAL

    wait_for(over, 90)
    whole.assert_all_whole()
    whole.assert_counted(job, STEPS)


if __name__ == "__main__":
    command, *words = sys.argv[1:]
    job = queue() if command == "queue" else Job.objects.get(pk=words[0])
    if command == "finish":
        finish(job)
        print(whole.document(job))
    else:
        wait(job, int(words[1]) if words else 1)
        print(job.pk)
