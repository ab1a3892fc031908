"""MLflow's tracking server on the database server of an installation: the peer of metrics.py and comparison.py."""

import contextlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg

from benchmarks.installed import Installation

NAME = "mlflow"
HEADERS = {"Content-Type": "application/json"}
LOG_BATCH = "/api/2.0/mlflow/runs/log-batch"


def written(here: Installation, python: Path, series: dict, port: int, request: int):
    """The points of ``series`` logged to a new run, ``request`` of them at once, and read back."""
    from benchmarks import metrics

    with serving(here, python, port) as post:
        run = made_run(post, made_experiment(post))
        bodies = [encoded(run, part) for part in metrics.pieces(series, request // len(series))]
        before = size(NAME)
        seconds = metrics.send(port, LOG_BATCH, HEADERS, bodies)
        points = sum(len(given["steps"]) for given in series.values())
        taken = size(NAME) - before
        exact = all(history(port, run, metric, HEADERS) == given["values"] for metric, given in series.items())
        return metrics.Figures(points, request, points / seconds, taken * 1e6 / points, exact)


@contextlib.contextmanager
def serving(here: Installation, python: Path, port: int) -> Iterator[Callable[[str, dict], dict]]:
    """A server with one worker; what is given asks it: a path of its API and a body, for what it answers."""
    from apps.local import processes
    from benchmarks import metrics

    made_database(NAME)
    address = f"postgresql+psycopg2://{server()['user']}@/{NAME}?host={quote(server()['host'])}"
    # A folder for its artifacts, of which there are none.
    words = ["server", "--backend-store-uri", address, "--artifacts-destination", str(here.var / "artifacts")]
    command = [
        str(python.absolute()),
        "-m",
        "mlflow",
        *words,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "1",
    ]
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}  # jobs of its own would only compete
    with (here.var / "log" / "mlflow.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)
    try:
        try:
            metrics.opened(port).close()
        except SystemExit as error:
            raise SystemExit(f"{error}\n{processes.last_lines(here.var / 'log' / 'mlflow.log')}") from None

        def post(path: str, body: dict) -> dict:
            return json.loads(metrics.ask(port, "POST", f"/api/2.0/mlflow/{path}", HEADERS, json.dumps(body).encode()))

        yield post
    finally:
        os.killpg(process.pid, 15)
        process.wait()


def made_experiment(post: Callable[[str, dict], dict]) -> str:
    return post("experiments/create", {"name": "Benchmark"})["experiment_id"]


def made_run(post: Callable[[str, dict], dict], experiment: str) -> str:
    return post("runs/create", {"experiment_id": experiment, "start_time": 0})["run"]["info"]["run_id"]


def encoded(run: str, part: dict) -> bytes:
    points = [
        {"key": name, "value": value, "timestamp": int(at * 1000), "step": step}
        for name, given in part.items()
        for step, at, value in zip(given["steps"], given["time"], given["values"], strict=True)
    ]
    return json.dumps({"run_id": run, "metrics": points}).encode()


def history(port: int, run: str, name: str, headers: dict) -> list[float]:
    from urllib.parse import urlencode

    from benchmarks import metrics

    query = urlencode({"run_id": run, "metric_key": name, "max_results": 25_000})
    answer = json.loads(metrics.ask(port, "GET", f"/api/2.0/mlflow/metrics/get-history?{query}", headers))
    return [point["value"] for point in sorted(answer["metrics"], key=lambda point: point["step"])]


def server() -> dict[str, str]:
    """host and user of the installation's database server, as libpq names them."""
    from django.db import connection

    return {"host": connection.settings_dict["HOST"], "user": connection.settings_dict["USER"]}


def made_database(name: str) -> None:
    with psycopg.connect(**server(), dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")


def size(name: str) -> int:
    with psycopg.connect(**server(), dbname=name, autocommit=True) as connection:
        for table in ("metrics", "latest_metrics"):
            connection.execute(f"VACUUM FULL {table}")
        query = "SELECT pg_total_relation_size('metrics') + pg_total_relation_size('latest_metrics')"
        return connection.execute(query).fetchone()[0]
