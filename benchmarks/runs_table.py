"""The table of 5,000 runs, against a bare view of Django that makes as many queries.

In an installation of its own, which goes with it: a project whose runs have final metrics of several domains, three seeds a setting. Each page and its
bare twin take turns, past the network and gunicorn, through all middleware, signed in as a member; figures are medians. The order
of the table sorted by a metric is checked against the values that were written.

    python -m benchmarks.runs_table [--runs 5000] [--rounds 15]
"""

import argparse
import json
import re
import sys

from benchmarks import pages
from benchmarks.installed import installation

DOMAINS = ("code", "prose", "maths")
SEEDS, CURRICULA, BATCH = 3, 20, 500


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=15)
    args = parser.parse_args()
    with installation():
        project, user, losses = made(args.runs)
        return measure(project, user, losses, args.rounds)


def measure(project, user, losses: dict, rounds: int) -> int:
    from django.urls import reverse

    client, table = pages.client_of(user), reverse("runs:list", args=[project.pk])
    peak, order = "set:recipe.schedules.0.peak", "set:curriculum.phases.0.streams.0.ordering.method"
    addresses = {
        "first view": "",
        "sorted by a metric": "?sort=last:code",
        "sorted by best": "?sort=-best:prose",
        "sorted by a setting": f"?sort={peak}&columns={peak}&columns=last:code",
        "value at a step": "?columns=at:code@step=200&sort=at:code@step=200",
        "two conditions": f"?where:last:code=<+3&where:{peak}=>+0.001",
        "searched": "?q=seed+2&sort=last:code",
        "last page": "?page=100000",
        "mean over seeds": "?group=seeds&sort=last:code",
        "by curriculum": "?group=curriculum&band=interval",
        "by a setting": f"?group={order}&sort=last:code&band=deviation",
        "form for columns": "columns/",
    }
    print(f"{len(losses):,} runs: median of {rounds} rounds")
    print(f"{'page':<22}{'queries':>8}{'kB':>8}{'page':>10}{'bare':>10}{'ratio':>8}")
    for name, query in addresses.items():
        status, size, queries = pages.look(client, table + query)
        if status != 200:
            print(f"{name} answers {status}")
            return 1
        bare = f"/bare/{queries - pages.look(client, '/bare/0/')[2]}/"
        page, twin = pages.race(client, table + query, bare, rounds)
        print(f"{name:<22}{queries:>8}{size / 1000:>8.0f}{page * 1e3:>7.1f} ms{twin * 1e3:>7.1f} ms{page / twin:>8.2f}")
    shown = re.findall(r'id="choose-([0-9a-f-]{36})"', client.get(f"{table}?sort=last:code").content.decode())
    right = bool(shown) and shown == [str(run) for run in sorted(losses, key=losses.get)[: len(shown)]]
    print("PASS" if right else "FAIL", "the first page holds the runs with the lowest losses, in order")
    return 0 if right else 1


def made(count: int):
    """(project, its owner, {run: its last loss on code}); rows in bulk, as a worker would have left them."""
    import numpy as np
    from django.utils import timezone

    from apps.accounts.models import Membership, Project, User
    from apps.curricula.models import Curriculum, CurriculumVersion, Plan
    from apps.jobs.models import Job, Status
    from apps.metrics import codec, summaries
    from apps.metrics.models import Chunk, Series
    from apps.runs.models import Run

    rng, now = np.random.default_rng(0), timezone.now()
    user = User.objects.create_user("benchmark")
    project = Project.objects.create(name="Many runs")
    Membership.objects.create(project=project, user=user, role="owner")

    def job(kind: str, title: str) -> Job:
        ended = {"status": Status.SUCCEEDED, "started_at": now, "finished_at": now}
        return Job(project=project, kind=kind, title=title, queue="gpu", created_by=user, **ended)

    plans = []
    for number in range(CURRICULA):
        document = _curriculum(number)
        curriculum = Curriculum.objects.create(project=project, name=f"Curriculum {number}")
        given = {"draft": document, "document": json.dumps(document), "digest": f"{number:064x}"}
        version = CurriculumVersion.objects.create(curriculum=curriculum, number=1, **given)
        planning = job("plan", "Plan")
        planning.save()
        plans.append(Plan.objects.create(version=version, seed=0, job=planning))
    losses = {}
    steps = np.arange(0, 401, 100)
    for start in range(0, count, BATCH):
        jobs, runs, series, points = [], [], [], {}
        for place in range(start, min(count, start + BATCH)):
            setting, seed = divmod(place, SEEDS)
            plan = plans[setting % CURRICULA]
            recipe = {
                "model": {"preset": "llama-1m"},
                "batch_size": 16,
                "schedules": [{"peak": 1e-4 * (1 + setting % 50)}],
            }
            document = json.dumps({"curriculum": plan.version.draft, "recipe": recipe, "seed": seed})
            jobs.append(job("train", f"Train {place}"))
            given = {"recipe": recipe, "seed": seed, "document": document, "digest": "d" * 64, "job": jobs[-1]}
            run = Run(project=project, name=f"Setting {setting}, seed {seed}", version=plan.version, plan=plan, **given)
            runs.append(run)
            for name in ("train/loss", "train/lr", *(f"eval/heldout/{domain}/loss" for domain in DOMAINS)):
                row = Series(run=run, name=name)
                values = 4 - 0.3 * np.arange(len(steps)) + rng.normal(0, 0.1, len(steps))
                series.append(row)
                points[row.pk] = codec.Columns.of(steps, steps * 2048, 1e9 + steps, values)
                if name == "eval/heldout/code/loss":
                    losses[run.pk] = float(values[-1])
        Job.objects.bulk_create(jobs)
        Run.objects.bulk_create(runs)
        Series.objects.bulk_create(series)
        Chunk.objects.bulk_create(_chunk(pk, given) for pk, given in points.items())
        summaries.add(points)
    _analyze()
    return project, user, losses


def _chunk(series, points):
    from apps.metrics import codec
    from apps.metrics.models import Chunk

    bounds = {"minimum": float(points.values.min()), "maximum": float(points.values.max())}
    ends = {"first_step": int(points.steps[0]), "last_step": int(points.steps[-1]), "count": len(points)}
    return Chunk(series_id=series, **ends, **bounds, data=codec.encode(points))


def _curriculum(number: int) -> dict:
    method = ("shuffle", "saw", "sorting", "zigzag")[number % 4]
    stream = {"name": "code", "dataset": "a" * 64, "ordering": {"method": method, "params": {}, "version": 1}}
    mixture = {"method": "static", "params": {"weights": {"code": 1.0}}, "version": 1}
    phase = {"name": "main", "tokens": 1_000_000 + number, "streams": [stream], "mixture": mixture}
    return {"format": 1, "tokenizer": "b" * 64, "phases": [phase]}


def _analyze() -> None:
    """What PostgreSQL does by itself within a minute of so many rows."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    sys.exit(main())
