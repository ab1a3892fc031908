"""MLflow's tracking server on the database server of an installation, and its log-batch: the peer of metrics.py."""

import json
import os
import subprocess
from pathlib import Path
from urllib.parse import quote

import psycopg

from benchmarks.installed import Installation


def written(here: Installation, python: Path, series: dict, port: int, request: int):
    """The points of ``series`` logged to a new run, ``request`` of them at once, and read back."""
    from benchmarks import metrics

    name = made_database(here)
    address = f"postgresql://gradatim@/mlflow?host={quote(str(sockets(here)))}"
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
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("DJANGO", "DATABASE"))}
    with (here.var / "log" / "mlflow.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)
    try:
        metrics.opened(port).close()
        headers = {"Content-Type": "application/json"}

        def post(path: str, body: dict) -> dict:
            return json.loads(metrics.ask(port, "POST", f"/api/2.0/mlflow/{path}", headers, json.dumps(body).encode()))

        experiment = post("experiments/create", {"name": "Benchmark"})["experiment_id"]
        run = post("runs/create", {"experiment_id": experiment, "start_time": 0})["run"]["info"]["run_id"]
        bodies = [encoded(run, part) for part in metrics.pieces(series, request // len(series))]
        before = size(name)
        seconds = metrics.send(port, "/api/2.0/mlflow/runs/log-batch", headers, bodies)
        points = sum(len(given["steps"]) for given in series.values())
        taken = size(name) - before
        exact = all(history(port, run, metric, headers) == given["values"] for metric, given in series.items())
        return metrics.Figures(points, request, points / seconds, taken * 1e6 / points, exact)
    finally:
        os.killpg(server.pid, 15)
        server.wait()


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


def sockets(here: Installation) -> Path:
    with psycopg.connect(here.environment["DATABASE_URL"]) as connection:
        return Path(connection.info.host)


def made_database(here: Installation) -> str:
    """Its address."""
    with psycopg.connect(here.environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("CREATE DATABASE mlflow")
    return here.environment["DATABASE_URL"].rpartition("/")[0] + "/mlflow"


def size(address: str) -> int:
    with psycopg.connect(address, autocommit=True) as connection:
        for table in ("metrics", "latest_metrics"):
            connection.execute(f"VACUUM FULL {table}")
        query = "SELECT pg_total_relation_size('metrics') + pg_total_relation_size('latest_metrics')"
        return connection.execute(query).fetchone()[0]
