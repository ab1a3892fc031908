"""Runs with series, made row by row: fast, and each number is the test's own."""

import json

import numpy as np
from django.utils import timezone

from apps.accounts.models import Project, User
from apps.curricula.models import Curriculum, CurriculumVersion, Plan
from apps.jobs.models import Artifact, Job, Status
from apps.metrics import services as metrics
from apps.runs.models import Run

TOKENS = [0, 100, 200, 300, 400]
#: rises by 1.0 after the shift, is back at 300 tokens, ends 0.25 below its level before
GAP = [3.0, 4.0, 3.5, 3.0, 2.75]
FALL = [3.0, 2.5, 2.25, 2.0, 2.0]


def run_of(
    project: Project,
    by: User,
    name: str = "Code alone",
    *,
    base: Run | None = None,
    seed: int = 0,
    phases: tuple[tuple[str, int], ...] = (("main", 400),),
    losses: dict[str, list[float]] | None = None,
    peak: float = 1e-3,
    status: str = Status.SUCCEEDED,
    train_points: int = 50,
) -> Run:
    """A run whose document, plan and series exist. ``phases`` are (name, tokens)."""
    version = version_of(project, phases)
    plan = Plan.objects.create(
        version=version, seed=seed, job=job_of(project, by, "plan"), artifact=plan_artifact(phases)
    )
    document = {
        "format": 1,
        "curriculum": json.loads(version.document),
        "recipe": {
            "model": {"checkpoint": "e" * 64} if base else {"preset": "llama-1m"},
            "schedules": [{"shape": "cosine", "peak": peak}],
            "batch_size": 16,
        },
        "seed": seed,
    }
    run = Run.objects.create(
        project=project,
        name=name,
        version=version,
        plan=plan,
        base=base,
        recipe=document["recipe"],
        seed=seed,
        document=json.dumps(document),
        digest="d" * 64,
        certificate={"steps": 4, "matches": True, "first_difference": None, "digest": "c" * 64},
        job=job_of(project, by, "train", status=status, title=f"Train {name}"),
    )
    measure(run, losses if losses is not None else {"code": FALL, "prose": GAP}, train_points)
    return run


def measure(run: Run, losses: dict[str, list[float]], train_points: int = 50) -> None:
    batch = {}
    for domain, values in losses.items():
        tokens = TOKENS[: len(values)]
        steps = [t // 100 for t in tokens]
        batch[f"eval/heldout/{domain}/loss"] = (steps, tokens, [1000.0 + s for s in steps], values)
        batch[f"eval/heldout/{domain}/bits_per_byte"] = (
            steps,
            tokens,
            [1000.0 + s for s in steps],
            [v / 2 for v in values],
        )
    steps = np.arange(train_points)
    batch["train/loss"] = (steps, steps * 8, 1000.0 + steps, 4 - steps / max(train_points, 1))
    batch["train/lr"] = (steps, steps * 8, 1000.0 + steps, np.full(train_points, 1e-3))
    metrics.append(run=run, batch=batch)


def version_of(project: Project, phases=(("main", 400),)) -> CurriculumVersion:
    curriculum, _ = Curriculum.objects.get_or_create(project=project, name=" then ".join(name for name, _ in phases))
    stream = {"name": "code", "dataset": "a" * 64, "ordering": {"method": "shuffle", "params": {}, "version": 1}}
    mixture = {"method": "static", "params": {"weights": {"code": 1.0}}, "version": 1}
    document = {
        "format": 1,
        "tokenizer": "b" * 64,
        "phases": [
            {"name": name, "tokens": tokens, "streams": [stream], "mixture": mixture} for name, tokens in phases
        ],
    }
    number = curriculum.versions.count() + 1
    return CurriculumVersion.objects.create(
        curriculum=curriculum, number=number, draft=document, document=json.dumps(document), digest="f" * 64
    )


def plan_artifact(phases) -> Artifact:
    meta = {"phases": [{"name": name, "planned_tokens": tokens, "budget_tokens": tokens} for name, tokens in phases]}
    digest = f"{Artifact.objects.count():064x}"
    return Artifact.objects.create(kind="plan", digest=digest, size=1, meta=meta)


def job_of(project: Project, by: User, kind: str, *, status: str = Status.SUCCEEDED, title: str = "") -> Job:
    now = timezone.now()
    return Job.objects.create(
        project=project,
        kind=kind,
        title=title or kind,
        queue="gpu",
        status=status,
        created_by=by,
        worker="gpu@secret-host.internal",
        started_at=now,
        finished_at=now if status == Status.SUCCEEDED else None,
        done=40,
        total=400,
        unit="tokens",
    )
