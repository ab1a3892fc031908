"""What several journeys need: samples of three kinds, and work that stands still while one looks at it."""

import os
import signal

from apps.accounts.models import Project, User
from apps.curricula.models import CurriculumVersion
from apps.datasets import services as datasets
from apps.jobs.models import Attempt, Job
from tests.apps import factories
from tests.workers.conftest import wait_for

KINDS = ("algebra", "geometry", "statistics")


def sums(count: int) -> list[dict]:
    """Short sums, a third of each kind, of different lengths."""
    return [
        {"id": f"s{k}", "domain": KINDS[k % 3], "text": " ".join(str(n * 13 % 997) for n in range(k, k + 3 + k % 7))}
        for k in range(count)
    ]


def sums_twice(project: Project, by: User, *, tokens: int) -> CurriculumVersion:
    """Two phases over a small dataset whose tokens are made, so that nothing but training is left to do."""
    version = factories.dataset(project, by, "Sums", sums(600))
    tokenizer = factories.done(
        datasets.train_tokenizer(project=project, name="Digits", versions=[version], vocab_size=300, by=by)
    )
    factories.done(datasets.tokenize_version(version=version, tokenizer=tokenizer, by=by))
    phases = [factories.phase(name, {"sums": version}, {"sums": 1}, tokens=tokens) for name in ("first", "second")]
    return factories.curriculum(project, by, "Sums twice", tokenizer, phases)


def halt(job: Job, after: int = -1) -> int:
    """The number of the job's process, stopped once this much is done: its seconds of work last while one looks."""
    attempts = Attempt.objects.filter(job=job, job__done__gt=after, pid__isnull=False)
    attempt = wait_for(attempts.all().first, 500)
    os.kill(attempt.pid, signal.SIGSTOP)
    return attempt.pid
