"""How long a score set will take, from what earlier ones by the same method took; never from a guess."""

from dataclasses import dataclass

from django.db.models import Count

from apps.datasets.models import DatasetVersion, TokenizedVersion, Tokenizer
from apps.jobs import selectors as jobs
from apps.jobs.models import Job, Status
from apps.runs.models import Run
from apps.scores.models import ScoreSet

#: Finished score sets that a rate is measured on, the newest ones.
MEASURED = 20


@dataclass(frozen=True, slots=True)
class Forecast:
    """``seconds`` is None where nothing like it was ever measured; ``tokens`` are None where nobody counted any.

    ``estimated``: the tokens are not made yet, and were reckoned from the tokenizer's bytes a token elsewhere.
    """

    rows: int | None
    bytes: int | None
    tokens: int | None
    estimated: bool
    seconds: float | None
    measured_on: int
    queue: str
    running: int
    waiting: int
    seconds_before: float | None


def forecast(
    *,
    version: DatasetVersion,
    method: str,
    params: dict | None,
    queue: str,
    tokenizer: Tokenizer | None = None,
    run: Run | None = None,
) -> Forecast:
    """Work is bytes of text; for a model it is tokens times weights, because that is what a forward pass costs.

    The rate is total work over total time of finished score sets: of those with the same parameters where there are
    any, else of all by this method. Starting up is in it, so that small sets do not look too fast.
    """
    meta = version.artifact.meta if version.artifact else {}
    tokens, estimated = _tokens(version, tokenizer, meta.get("bytes"))
    work = meta.get("bytes") if run is None else _times(tokens, _weights(run))
    rate, measured_on = _rate(method, params, with_model=run is not None)
    running, waiting, before = _queue(queue)
    return Forecast(
        rows=meta.get("rows"),
        bytes=meta.get("bytes"),
        tokens=tokens,
        estimated=estimated,
        seconds=work / rate if work and rate else None,
        measured_on=measured_on if rate else 0,
        queue=queue,
        running=running,
        waiting=waiting,
        seconds_before=before,
    )


def _rate(method: str, params: dict | None, *, with_model: bool) -> tuple[float | None, int]:
    """(units of work a second, score sets it was measured on)"""
    rows = ScoreSet.objects.filter(method=method, job__status=Status.SUCCEEDED, artifact__isnull=False)
    rows = rows.select_related("job", "version__artifact", "checkpoint_of__checkpoint").order_by("-job__finished_at")
    found = list(rows[:MEASURED])
    found = [row for row in found if row.params == params] or found
    counts = _token_counts(found) if with_model else {}
    work, seconds, measured = 0.0, 0.0, 0
    for row in found:
        if with_model:
            done = _times(counts.get((row.version_id, row.tokenizer_id)), _weights(row.checkpoint_of))
        else:
            done = row.version.artifact.meta["bytes"]
        took = (row.job.finished_at - row.job.started_at).total_seconds() if row.job.started_at else 0
        if done and took > 0:
            work, seconds, measured = work + done, seconds + took, measured + 1
    return (work / seconds if seconds else None), measured


def _token_counts(score_sets: list[ScoreSet]) -> dict[tuple, int]:
    wanted = {row.version_id for row in score_sets}
    rows = TokenizedVersion.objects.filter(version__in=wanted, artifact__isnull=False).select_related("artifact")
    return {(row.version_id, row.tokenizer_id): row.artifact.meta["tokens"] for row in rows}


def _tokens(version: DatasetVersion, tokenizer: Tokenizer | None, size: int | None) -> tuple[int | None, bool]:
    """(tokens, whether they are reckoned): counted where they were made, else by the tokenizer's bytes a token."""
    if tokenizer is None:
        return None, False
    rows = TokenizedVersion.objects.filter(tokenizer=tokenizer, artifact__isnull=False)
    found = list(rows.select_related("artifact", "version__artifact"))
    own = next((row for row in found if row.version_id == version.pk), None)
    if own:
        return own.artifact.meta["tokens"], False
    total = sum(row.artifact.meta["tokens"] for row in found)
    text = sum(row.version.artifact.meta["bytes"] for row in found if row.version.artifact)
    return (round(size * total / text), True) if size and total and text else (None, False)


def _weights(run: Run | None) -> int | None:
    return (run.checkpoint.meta or {}).get("parameters") if run and run.checkpoint else None


def _times(a: float | None, b: float | None) -> float | None:
    return a * b if a and b else None


def _queue(queue: str) -> tuple[int, int, float | None]:
    """(jobs that run, jobs that wait, seconds until the running ones are done as far as that is known)"""
    states = dict(
        Job.objects.filter(queue=queue, status__in=(Status.QUEUED, Status.RUNNING))
        .order_by()
        .values_list("status")
        .annotate(n=Count("pk"))
    )
    left = [jobs.seconds_left(job) for job in Job.objects.filter(queue=queue, status=Status.RUNNING)]
    known = [seconds for seconds in left if seconds is not None]
    return states.get(Status.RUNNING, 0), states.get(Status.QUEUED, 0), max(known) if known else None
