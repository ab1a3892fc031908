"""Metric points written through the HTTP API and read back exactly, against MLflow's log-batch on the same PostgreSQL.

Each server is its own with one web process, on one database server that both share; one connection sends the same points, made and
encoded beforehand, one request after the other. MLflow takes at most 1,000 points a request; Gradatim is measured at that size, and
at ten and a hundred times as many, which it takes, too. MLflow is installed into an environment of its own:

    python -m venv .cache/mlflow && .cache/mlflow/bin/pip install -r requirements/mlflow.txt
    python -m benchmarks.metrics [--points 2000000] [--peer-points 50000] [--mlflow .cache/mlflow/bin/python]
"""

import argparse
import json
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import measuring, mlflow
from benchmarks.installed import Installation, installation

GOAL = 100.0
SERIES = 10
PORT, PEER_PORT = 8998, 8997
REQUESTS = (1000, 10_000, 100_000)
PEER_REQUEST = 1000


class Figures(NamedTuple):
    """``size``: bytes that a million points take in the database, indexes included."""

    points: int
    request: int
    rate: float
    size: float
    exact: bool


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=2_000_000)
    parser.add_argument("--peer-points", type=int, default=50_000)
    parser.add_argument("--mlflow", type=Path, default=Path(".cache/mlflow/bin/python"))
    parser.add_argument("--seed", type=int, default=0, help="of the made losses")
    args = parser.parse_args()
    if not args.mlflow.exists():
        print(f"There is no {args.mlflow}: install MLflow as the head of this script says.", file=sys.stderr)
        return 2
    series = made(args.points // SERIES, args.seed)
    with installation() as here:
        ours = [written(here, series, request, f"{request:,} a request") for request in REQUESTS]
        peer = mlflow.written(here, args.mlflow, first(series, args.peer_points // SERIES), PEER_PORT, PEER_REQUEST)
    names = ["Gradatim"] * len(ours) + ["MLflow"]
    rows = [
        [
            name,
            f"{a.points:,}",
            f"{a.request:,}",
            f"{a.rate:,.0f}",
            f"{a.size / 1e6:.1f}",
            "exactly" if a.exact else "NO",
        ]
        for name, a in zip(names, [*ours, peer], strict=True)
    ]
    measuring.table(["", "points", "a request", "points/s", "MB a million", "read back"], rows)
    ratios = [figures.rate / peer.rate for figures in ours]
    said = ", ".join(f"{ratio:.0f} at {figures.request:,}" for ratio, figures in zip(ratios, ours, strict=True))
    print(f"\nTimes as many points a second as MLflow, by points in a request: {said}.")
    exact = all(figures.exact for figures in [*ours, peer])
    return measuring.verdict(
        [("every point read back exactly", exact), (f"{GOAL:g} times MLflow's points a second", max(ratios) >= GOAL)]
    )


def made(steps: int, seed: int) -> dict[str, dict[str, list]]:
    """Losses that fall with noise, all 64 bits of them; a step every 250 ms, by the clock to the millisecond."""
    rng = np.random.default_rng(seed)
    step = np.arange(steps)
    times = np.round(1.7e9 + step * 0.25 + rng.random(steps) / 100, 3)
    fall = 7 * np.exp(-step / (steps / 3))
    return {
        f"eval/heldout/domain {k}/loss": {
            "steps": step.tolist(),
            "tokens": (step * 8192).tolist(),
            "time": times.tolist(),
            "values": (fall + rng.normal(0, 0.05, steps)).tolist(),
        }
        for k in range(SERIES)
    }


def first(series: dict, steps: int) -> dict:
    return pieces(series, steps)[0]


def pieces(series: dict, steps: int) -> list[dict]:
    """The series cut into stretches of so many steps."""
    length = len(next(iter(series.values()))["steps"])
    return [
        {name: {key: column[start : start + steps] for key, column in given.items()} for name, given in series.items()}
        for start in range(0, length, steps)
    ]


def written(here: Installation, series: dict, request: int, name: str) -> Figures:
    """A run's points, sent to a web process that is started for them."""
    from apps.local import processes, services

    run, token = made_run(name)
    web = here.start(services.web("127.0.0.1", PORT, here.environment, here.var), f"web {request}")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Host": "127.0.0.1"}
    path = f"/api/v1/runs/{run.pk}"
    bodies = [json.dumps({"series": part}).encode() for part in pieces(series, request // SERIES)]
    before = size()
    seconds = send(PORT, f"{path}/metrics/", headers, bodies)
    points = sum(len(given["steps"]) for given in series.values())
    taken = size() - before
    exact = all(read(path, headers, name)["values"] == given["values"] for name, given in series.items())
    processes.finish(web, stop=2)
    return Figures(points, request, points / seconds, taken * 1e6 / points, exact)


def read(path: str, headers: dict, name: str) -> dict:
    from urllib.parse import urlencode

    found: dict[str, list] = {"values": []}
    start = 0
    while True:  # a request answers with at most 50,000 points
        query = urlencode(
            {"names": name, "axis": "steps", "max_points": 50_000, "start": start, "stop": start + 49_999}
        )
        answer = json.loads(ask(PORT, "GET", f"{path}/series/?{query}", headers))
        if not answer or not answer[name]["values"]:
            return found
        found["values"] += answer[name]["values"]
        start += 50_000


def send(port: int, path: str, headers: dict, bodies: list[bytes]) -> float:
    """Seconds that it took to send them all over one connection, the first one before the clock starts to warm both up."""
    connection = opened(port)
    ends = 0.0
    for number, body in enumerate(bodies):
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise SystemExit(f"request {number} was answered with {answer.status}: {said[:500]!r}")
        if not number:
            ends = time.perf_counter()
    return (time.perf_counter() - ends) * len(bodies) / max(1, len(bodies) - 1)


def ask(port: int, method: str, path: str, headers: dict, body: bytes | None = None) -> bytes:
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{method} {path} was answered with {answer.status}: {said[:500]!r}")
    return said


def opened(port: int, seconds: float = 120) -> HTTPConnection:
    """A connection, once somebody listens."""
    ends = time.monotonic() + seconds
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=300)
        try:
            connection.connect()
            return connection
        except OSError:
            if time.monotonic() > ends:
                raise SystemExit(f"Nothing listens on port {port}.") from None
            time.sleep(0.2)


def made_run(name: str):
    """A run that is trained elsewhere, and a token of its owner."""
    (run,), token = made_runs(name, 1)
    return run, token


def made_runs(name: str, count: int):
    """Runs of one project that are trained elsewhere, and a token of its owner."""
    from apps.accounts import tokens
    from apps.accounts.models import Membership, Project, User
    from apps.curricula.models import Curriculum, CurriculumVersion, Plan
    from apps.jobs import elsewhere
    from apps.jobs.models import Job
    from apps.runs.models import Run

    user, _ = User.objects.get_or_create(username="benchmark")
    project = Project.objects.create(name=f"Metrics, {name}")
    Membership.objects.create(project=project, user=user, role="owner")
    version = CurriculumVersion.objects.create(
        curriculum=Curriculum.objects.create(project=project, name="None"), number=1, draft={"phases": []}
    )
    job = Job.objects.create(project=project, kind="plan", title="Plan", queue="cpu")
    plan = Plan.objects.create(version=version, seed=0, job=job)
    jobs = [elsewhere.begin(project=project, title=name, by=user, total=1) for _ in range(count)]
    common = {"project": project, "version": version, "plan": plan, "recipe": {}}
    runs = [Run.objects.create(name=f"{name} {k}", seed=k, job=job, **common) for k, job in enumerate(jobs)]
    return runs, tokens.create_token(user=user, name=name, scope="write")[1]


def size() -> int:
    """Bytes of the tables of metrics with their indexes; what updates left behind is cleared away first."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM FULL metrics_chunk")
        cursor.execute("VACUUM FULL metrics_series")
        cursor.execute("SELECT pg_total_relation_size('metrics_chunk') + pg_total_relation_size('metrics_series')")
        return cursor.fetchone()[0]


if __name__ == "__main__":
    sys.exit(main())
