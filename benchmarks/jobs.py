"""What jobs cost by themselves, through the real path: two hundred of them on four workers, none lost or done twice.

PostgreSQL, Valkey, scheduler and workers are the benchmark's own, as `make up` starts them. A job claims its row, makes its folder, starts
a child process that does nothing, reads its events and ends. Then the memory of an installation at rest, by service.

    python -m benchmarks.jobs [--jobs 200] [--workers 4] [--rounds 3]
"""

import argparse
import sys
import time
from typing import NamedTuple

from benchmarks import measuring
from benchmarks.installed import Installation, installation, memory

#: the least that a child is: a Python that ends
CHILD = f"{sys.executable} -ISc pass"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with installation(JOB_KINDS="benchmarks.kinds,workers.kinds", JOB_COMMAND=CHILD) as here:
        from apps.local import services

        here.start(services.scheduler(here.environment, here.var))
        for number in range(args.workers):
            service = services.worker("cpu", 1, here.environment, here.var)
            here.start(service, f"worker {number + 1}")
        wait(lambda: all(ready(here, number) for number in range(args.workers)))
        project = made_project()
        rounds = [run(project, args.jobs) for _ in range(args.rounds)]
        measuring.table(
            ["round", "jobs/s", "succeeded", "attempts"],
            [[f"{k}", f"{a.rate:.1f}", f"{a.succeeded}", f"{a.attempts}"] for k, a in enumerate(rounds, 1)],
        )
        print()
        at_rest(here)
    whole = all(a.succeeded == a.attempts == args.jobs for a in rounds)
    return measuring.verdict([(f"{args.jobs} jobs on {args.workers} workers, none lost or done twice", whole)])


class Round(NamedTuple):
    """As many attempts as jobs: each was tried once."""

    rate: float
    succeeded: int
    attempts: int


def run(project, count: int) -> Round:
    """Queue them all, then wait for the last."""
    from django.db import transaction

    from apps.jobs import services
    from apps.jobs.models import Attempt, Job, Status

    started = time.perf_counter()
    with transaction.atomic():
        ids = [
            services.enqueue(project=project, kind="empty", title=f"Empty {n}", queue="cpu", by=None).pk
            for n in range(count)
        ]
    jobs = Job.objects.filter(pk__in=ids)
    wait(lambda: not jobs.filter(status__in=(Status.QUEUED, Status.RUNNING)).exists())
    seconds = time.perf_counter() - started
    return Round(
        rate=count / seconds,
        succeeded=jobs.filter(status=Status.SUCCEEDED).count(),
        attempts=Attempt.objects.filter(job__in=ids).count(),
    )


def at_rest(here: Installation) -> None:
    time.sleep(5)
    sizes = [(name, memory(process.pid)) for name, process in here.processes.items() if process.poll() is None]
    sizes.append(("all", sum(size for _, size in sizes)))
    measuring.table(["at rest", "MB"], [[name, f"{size / 1e6:.0f}"] for name, size in sizes])


def made_project():
    from apps.accounts.models import Project

    return Project.objects.create(name="Benchmark")


def ready(here: Installation, number: int) -> bool:
    return " ready." in (here.var / "log" / f"worker {number + 1}.log").read_text()


def wait(condition, seconds: float = 600) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            raise SystemExit("This did not come about in time.")
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
