"""The data of a comparison's chart, 20 runs at 1,000 points a line: time and bytes, against MLflow's server on the same PostgreSQL.

Both hold the same points and answer over HTTP from one web process each: Gradatim the chart as its page asks for it, MLflow get-history-bulk-interval, which is what its
page of a comparison asks for, told to give as many points. Requests take turns, so that a busy machine slows both. Bytes are those that travel to a browser,
which takes gzip. The runs are over: the first answer chooses their points, which are kept from then on; its time is told apart. MLflow is installed as
benchmarks/metrics.py says.

    python -m benchmarks.comparison [--runs 20] [--steps 10000] [--rounds 20] [--live] [--mlflow .cache/mlflow/bin/python]
"""

import argparse
import base64
import gzip
import json
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import numpy as np

from benchmarks import measuring, metrics, mlflow
from benchmarks.installed import Installation, installation

NAME = "train/loss"
POINTS = 1000
PORT, PEER_PORT = 8998, 8997
ADDRESS = "/api/v1/compare/figures/{}/?{}"
FASTER, FEWER = 20.0, 10.0


class Answer(NamedTuple):
    """``size``: bytes of the body as it travelled."""

    seconds: float
    size: int
    body: bytes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument(
        "--live", action="store_true", help="the runs go on, so that all their points are read each time"
    )
    parser.add_argument("--mlflow", type=Path, default=Path(".cache/mlflow/bin/python"))
    parser.add_argument("--seed", type=int, default=0, help="of the made losses")
    args = parser.parse_args()
    if not args.mlflow.exists():
        print(f"There is no {args.mlflow}: install MLflow as benchmarks/metrics.py says.", file=sys.stderr)
        return 2
    series = [one(args.steps, args.seed + k) for k in range(args.runs)]
    with installation() as here, ours(here, series, args.live) as own, theirs(here, args.mlflow, series) as peer:
        asked(own[0], ADDRESS.format("mixture", own[1].partition("?")[2]), own[2])  # whatever is imported, is
        first, *pairs = [(asked(*own), asked(*peer)) for _ in range(args.rounds + 1)]
    print(f"The first answer took {1000 * first[0].seconds:.0f} ms, MLflow's {1000 * first[1].seconds:.0f}.\n")
    return told(pairs, args.runs)


def one(steps: int, seed: int) -> dict[str, dict[str, list]]:
    made = metrics.made(steps, seed)
    return {NAME: next(iter(made.values()))}


@contextmanager
def ours(here: Installation, series: list[dict], live: bool) -> Iterator[tuple]:
    from apps.jobs.models import Job, Status
    from apps.local import processes, services
    from apps.metrics import services as points

    runs, token = metrics.made_runs("Comparison", len(series))
    for run, given in zip(runs, series, strict=True):
        column = given[NAME]
        points.append(run=run, batch={NAME: tuple(column[key] for key in ("steps", "tokens", "time", "values"))})
    if not live:
        Job.objects.filter(run__in=runs).update(status=Status.SUCCEEDED)
    web = here.start(services.web("127.0.0.1", PORT, here.environment, here.var), "web")
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "gzip", "Host": "127.0.0.1"}
    metrics.opened(PORT).close()
    try:
        query = urlencode([("packed", 1)] + [("runs", run.pk) for run in runs])
        yield PORT, ADDRESS.format("training-loss", query), headers
    finally:
        processes.finish(web, stop=2)


@contextmanager
def theirs(here: Installation, python: Path, series: list[dict]) -> Iterator[tuple]:
    with mlflow.serving(here, python, PEER_PORT) as post:
        experiment = mlflow.made_experiment(post)
        runs = [mlflow.made_run(post, experiment) for _ in series]
        for run, given in zip(runs, series, strict=True):
            bodies = [mlflow.encoded(run, part) for part in metrics.pieces(given, metrics.PEER_REQUEST)]
            metrics.send(PEER_PORT, mlflow.LOG_BATCH, mlflow.HEADERS, bodies)
        query = [("run_ids", run) for run in runs] + [("metric_key", NAME), ("max_results", POINTS)]
        path = f"/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?{urlencode(query)}"
        yield PEER_PORT, path, {"Accept-Encoding": "gzip"}


def asked(port: int, path: str, headers: dict) -> Answer:
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    begun = time.perf_counter()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    seconds = time.perf_counter() - begun
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{path[:80]} was answered with {answer.status}: {body[:500]!r}")
    return Answer(seconds, len(body), gzip.decompress(body) if answer.getheader("Content-Encoding") == "gzip" else body)


def array(packed) -> np.ndarray:
    """As chart-wire.js reads it."""
    if "bytes" not in packed:
        return np.array(packed)
    numbers = np.frombuffer(base64.b64decode(packed["bytes"]), f"<{packed['kind']}")
    return packed["first"] + packed["by"] * np.append(0, numbers.cumsum(dtype=np.int64)) if "by" in packed else numbers


def told(pairs: list[tuple[Answer, Answer]], runs: int) -> int:
    own, peer = ([pair[k] for pair in pairs] for k in (0, 1))
    lines = [
        {**line, **{key: array(line[key]) for key in ("x", "y")}}
        for line in json.loads(own[-1].body)["figure"]["data"]
        if line.get("showlegend") is not False
    ]
    points = sum(len(line["x"]) for line in lines), len(json.loads(peer[-1].body)["metrics"])
    rows, middle = [], []
    for name, answers, count in zip(("Gradatim", "MLflow"), (own, peer), points, strict=True):
        middle.append((statistics.median(one.seconds for one in answers), answers[-1].size))
        rows.append([name, f"{count:,}", f"{1000 * middle[-1][0]:.0f}", f"{middle[-1][1] / 1000:,.0f}"])
    measuring.table(["", "points", "ms", "kB"], rows)
    faster, fewer = middle[1][0] / middle[0][0], middle[1][1] / middle[0][1]
    print(f"\n{faster:.1f} times as fast, {fewer:.1f} times fewer bytes.")
    whole = len(lines) == runs and all(np.isfinite(line["y"]).all() for line in lines)
    return measuring.verdict(
        [
            (f"{runs} lines", whole),
            (f"{FASTER:g} times as fast as MLflow", faster >= FASTER),
            (f"{FEWER:g} times fewer bytes", fewer >= FEWER),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
