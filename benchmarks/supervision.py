"""What the supervising worker costs training: the same run through the queue, and alone as ``python -m gradatim train``.

Runs against the installation of this shell (a running `make demo` whose jobs are done is best): it asks for a finished run again, so
that a worker trains it and saves its series as they come, then trains the run's document from the store with nobody listening. Speeds are
steps a second between the first and the last step by the trainer's own clock. The worker's processor time in between is that of all its
processes but the training one: no more than that can training lose to it, also where both share a core. Speeds of rounds differ by more than
that on most machines, so they are printed with their spread, and promise nothing. The made runs go to the project's trash.

    python -m benchmarks.supervision [--run UUID] [--rounds 3]
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import psutil

from benchmarks import measuring

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.site.settings")
GOAL = 0.01
LOSS = "train/loss"


class Speed(NamedTuple):
    """``busy``: processor seconds of the worker for each second of training."""

    rate: float
    busy: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", help="its id; otherwise the newest finished one that starts from a checkpoint")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    import django

    django.setup()
    if (run := chosen(args.run)) is None:
        print("There is no finished run: let `make demo` finish, or name one with --run.", file=sys.stderr)
        return 2
    pairs = [(alone(run), supervised(run, number)) for number in range(1, args.rounds + 1)]
    rows = [
        [
            f"{k}",
            f"{own.rate:.2f}",
            f"{ours.rate:.2f}",
            f"{100 * (1 - ours.rate / own.rate):+.1f} %",
            f"{100 * ours.busy:.2f} %",
        ]
        for k, (own, ours) in enumerate(pairs, 1)
    ]
    measuring.table(["round", "alone, steps/s", "supervised", "slower by", "worker busy"], rows)
    alone_rates = [own.rate for own, _ in pairs]
    slower = 1 - statistics.median(ours.rate for _, ours in pairs) / statistics.median(alone_rates)
    spread = max(alone_rates) / min(alone_rates) - 1
    busy = statistics.median(ours.busy for _, ours in pairs)
    print(f"\n{run.name}: slower by {100 * slower:.2f} % (medians), where rounds alone differ by {100 * spread:.1f} %;")
    print(f"the worker is busy for {100 * busy:.2f} % of a core, which is the most that it can take from training")
    return measuring.verdict([("the worker takes less than 1 % of a core", busy < GOAL)])


def chosen(key: str | None):
    from apps.jobs.models import Status
    from apps.runs.models import Run

    rows = Run.objects.filter(job__status=Status.SUCCEEDED, job__kind="train").order_by("-created_at")
    return rows.filter(pk=key).first() if key else rows.filter(base__isnull=False).first() or rows.first()


def alone(run) -> Speed:
    """The document of the run, trained from the store; its events go to a file that nobody reads meanwhile."""
    from django.conf import settings

    from apps.local import env
    from apps.runs.selectors import yaml_of
    from gradatim.events import Metric, from_line

    with tempfile.TemporaryDirectory(prefix="gradatim-benchmark-") as folder:
        document, events = Path(folder) / "run.yaml", Path(folder) / "events.jsonl"
        document.write_text(yaml_of(run))
        command = [sys.executable, "-m", "gradatim", "train", str(document), "--store", str(settings.STORAGE_ROOT)]
        with events.open("wb") as out:
            environment = {**os.environ, **env.thread_limits()}
            subprocess.run([*command, "--out", f"{folder}/out"], stdout=out, env=environment, check=True)
        said = (from_line(line) for line in events.read_text().splitlines())
        steps = [(event.step, at) for event, at in said if isinstance(event, Metric) and LOSS in event.values]
    return Speed(rate_of(steps), 0.0)


def supervised(run, number: int) -> Speed:
    """The same run asked for again, trained by the installation's worker."""
    from apps.jobs.models import Status
    from apps.metrics import selectors as metrics
    from apps.runs import services
    from apps.runs.models import Run

    again = services.create_run(
        name=f"{run.name}, benchmark {number}",
        version=run.version,
        recipe=run.recipe,
        seed=run.seed,
        by=run.job.created_by,
        base=run.base,
        evaluated_on=list(run.evaluated_on.all()),
    )
    try:
        wait(lambda: metrics.last_values([again.pk], [LOSS]), 600)
        workers, began = processes(), time.monotonic()
        before = busy(workers)
        wait(lambda: Run.objects.get(pk=again.pk).job.is_over, 3600)
        share = (busy(workers) - before) / (time.monotonic() - began)
        again.job.refresh_from_db()
        if again.job.status != Status.SUCCEEDED:
            raise SystemExit(f"{again.name} {again.job.status}: {again.job.reason}")
        points = metrics.read([again.pk], [LOSS], max_points=None)[again.pk, LOSS].points
        return Speed(rate_of(list(zip(points.steps.tolist(), points.times.tolist(), strict=True))), share)
    finally:
        from apps.trash import services as trash
        from apps.trash.kinds import KINDS

        trash.put(kind=KINDS["run"], row=again, by=run.job.created_by)


def rate_of(steps: list[tuple[int, float]]) -> float:
    (first, began), (last, ended) = steps[0], steps[-1]
    return (last - first) / (ended - began)


def processes() -> list[psutil.Process]:
    """The processes of workers for GPU jobs of this user, but not what they train with."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if "workers.app" in words and "gpu" in words:
            found.append(process)
    return found


def busy(workers: list[psutil.Process]) -> float:
    """Processor seconds so far."""
    return sum(sum(process.cpu_times()[:2]) for process in workers if process.is_running())


def wait(condition, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            raise SystemExit("This did not come about in time.")
        time.sleep(1)


if __name__ == "__main__":
    sys.exit(main())
