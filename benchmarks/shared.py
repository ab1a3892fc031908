"""The data of a shared comparison for visitors who are not signed in: how long an answer takes when so many requests arrive a second.

Requests arrive evenly, whether or not earlier ones were answered, over 64 kept connections and from as many visitors; each gets the whole figure of the training loss, 20 runs at 1,000 points a line,
compressed as browsers take it. The server is the one that a
team's installation starts (apps/site/gunicorn.py); it, its database and the visitors share this machine. To compare with: how fast one visitor
after the other is answered where nothing is kept in memory.

    python -m benchmarks.shared [--rate 1000] [--seconds 20] [--rounds 3] [--runs 20] [--steps 10000] [--live]
"""

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

import numpy as np

from benchmarks import arrivals, comparison, measuring, metrics
from benchmarks.installed import Installation, installation

PORT, VISITORS = 8998, 64
SLOWEST = 0.05


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=1000, help="requests a second")
    parser.add_argument("--seconds", type=float, default=20, help="of each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument(
        "--live", action="store_true", help="the runs go on, so that figures are drawn anew every two seconds"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the made losses")
    args = parser.parse_args()
    with installation() as here:
        requests = link(here, [comparison.one(args.steps, args.seed + k) for k in range(args.runs)], live=args.live)
        anew = alone(here, requests)
        found = crowd(here, requests, args)
    rows = []
    for number, one in enumerate(found, 1):
        middle, late = (f"{1000 * np.quantile(one.seconds, share):.1f}" for share in (0.5, 0.99))
        rows.append(
            [f"round {number}", f"{one.rate:,.0f}", middle, late, f"{1000 * one.seconds.max():.0f}", f"{one.failed}"]
        )
    measuring.table(["", "answers/s", "median, ms", "99th percentile, ms", "slowest, ms", "failed"], rows)
    print(
        f"\nOne after the other, drawn anew: {1 / anew:,.1f} answers/s. The last body was of {found[-1].size / 1000:,.0f} kB."
    )
    kept_up = all(one.rate > 0.99 * args.rate for one in found)
    late = max(float(np.quantile(one.seconds, 0.99)) for one in found)
    return measuring.verdict(
        [
            ("every request was answered with the figure", not any(one.failed for one in found)),
            (f"{args.rate:g} requests a second were answered as they came", kept_up),
            (f"99 of 100 within {1000 * SLOWEST:g} ms", late < SLOWEST),
        ]
    )


def link(here: Installation, series: list[dict], *, live: bool) -> list[bytes]:
    """The comparison, shared, and what each visitor's browser sends for its figure: a cookie of its own, as if they came a second apart."""
    from django.urls import reverse

    from apps.jobs.models import Job, Status
    from apps.metrics import services as points
    from apps.shares import selectors, services

    runs, _ = metrics.made_runs("Shared", len(series))
    for run, given in zip(runs, series, strict=True):
        column = given[comparison.NAME]
        batch = tuple(column[key] for key in ("steps", "tokens", "time", "values"))
        points.append(run=run, batch={comparison.NAME: batch})
    if not live:
        Job.objects.filter(run__in=runs).update(status=Status.SUCCEEDED)
    project = runs[0].project
    made, _ = services.create_share(
        project=project, title="Shared", runs=[run.pk for run in runs], by=project.memberships.get().user
    )
    address, now = f"{reverse('shared:figure', args=[made.pk, 'training-loss'])}?packed=1", time.time()
    cookies = []
    for ago in range(VISITORS):
        with patch("django.core.signing.time.time", return_value=now - ago):
            cookies.append(selectors.visit_of(made))
    head = f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\nCookie: {selectors.COOKIE}="
    return [f"{head}{cookie}\r\n\r\n".encode() for cookie in cookies]


@contextmanager
def serving(here: Installation, name: str, **settings: str) -> Iterator[None]:
    from apps.local import processes, services

    web = services.web("127.0.0.1", PORT, {**here.environment, **settings}, here.var)
    command = [sys.executable, "-m", "gunicorn", "apps.site.wsgi:application", "--bind", f"127.0.0.1:{PORT}"]
    web = here.start(replace(web, command=[*command, "--config", "apps/site/gunicorn.py"]), name)
    metrics.opened(PORT).close()
    try:
        yield
    finally:
        processes.finish(web, stop=2)


def alone(here: Installation, requests: list[bytes], times: int = 20) -> float:
    """Seconds an answer where each is drawn anew, the median; the first one imports what it needs."""
    with serving(here, "web anew", SHARE_KEPT_SECONDS="0"):
        took = [arrivals.sent(PORT, requests, rate=10, seconds=0.1, connections=1) for _ in range(times + 1)]
    return statistics.median(float(one.seconds[0]) for one in took[1:])


def crowd(here: Installation, requests: list[bytes], args) -> list[arrivals.Arrived]:
    with serving(here, "web"):
        arrivals.sent(PORT, requests, rate=100, seconds=2)
        return [arrivals.sent(PORT, requests, rate=args.rate, seconds=args.seconds) for _ in range(args.rounds)]


if __name__ == "__main__":
    sys.exit(main())
