"""Train: the series arrive while it runs, the checkpoint and the certificate at the end."""

import functools
import json
from importlib import metadata

import gradatim
from apps.common import model_roots
from apps.curricula import services as curricula
from apps.datasets.models import DatasetVersion, TokenizedVersion
from apps.metrics import services as metrics
from apps.runs import services
from gradatim.events import Metric, Resumed, Weights
from workers.work import Work


def prepare(job) -> Work:
    run = job.run
    services.freeze_run(run=run)
    run.refresh_from_db()
    tokenizer = curricula.tokenizer_of(run.version)
    read = {version.pk for version in curricula.datasets_of(run.version)} | set(
        run.evaluated_on.values_list("pk", flat=True)
    )
    versions = DatasetVersion.objects.filter(pk__in=read).select_related("artifact")
    tokenized = TokenizedVersion.objects.filter(version__in=versions, tokenizer=tokenizer).select_related("artifact")
    inputs = [
        tokenizer.artifact,
        run.plan.artifact,
        *(version.artifact for version in versions),
        *(row.artifact for row in tokenized),
        *(suite.artifact for suite in run.suites.select_related("artifact")),
        *([run.base.checkpoint] if run.base else []),
    ]
    document = json.loads(run.document)
    if folder := document["recipe"]["model"].get("folder"):
        document["recipe"]["model"]["folder"] = str(model_roots.path_of(folder))
    earlier = list(run.earlier_jobs.order_by("created_at"))
    return Work(task="train", params={"run": document}, seed=run.seed, inputs=inputs, continues=earlier)


def receive(job, events) -> None:
    """Store a batch of events in their order; what a lost attempt measured after the checkpoint is cut."""
    pending: dict[str, list] = {}
    for event, time in events:
        if isinstance(event, Resumed):
            metrics.append(run=job.run, batch=_columns(pending))
            pending = {}
            metrics.cut_after(run=job.run, step=event.step)
        elif isinstance(event, Metric):
            for name, value in event.values.items():
                pending.setdefault(name, []).append((event.step, event.tokens, time, value))
        elif isinstance(event, Weights):
            for side, shares in (("planned", event.planned), ("consumed", event.consumed)):
                for stream, share in shares.items():
                    point = (event.step, event.tokens, time, share)
                    pending.setdefault(f"weights/{side}/{stream}", []).append(point)
    metrics.append(run=job.run, batch=_columns(pending))


def finish(job, artifacts, notes) -> None:
    certificate = next((note.data["certificate"] for note in notes if "certificate" in note.data), {})
    services.enter_run(
        job=job,
        checkpoint=artifacts["checkpoint"],
        certificate_file=artifacts.get("certificate"),
        certificate=certificate and {**certificate, "code": code()},
    )


@functools.cache
def code() -> str:
    """Which programs trained, told without importing torch; the child runs in this process's environment."""
    try:
        return f"Gradatim {gradatim.__version__}, torch {metadata.version('torch')}"
    except metadata.PackageNotFoundError:
        return f"Gradatim {gradatim.__version__}"


def _columns(pending: dict[str, list]) -> dict:
    return {name: tuple(zip(*points, strict=True)) for name, points in pending.items()}
